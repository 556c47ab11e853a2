import { describe, expect, it } from 'vitest';
import { openBlobStore } from '../../activities/stores/open-blob-store.js';
import { createModelServerTarget } from '../../activities/targets/model-server.js';
import { readConfiguration, shownUrl } from '../../schemas/index.js';

const right = { DATABASE_URL: 'postgres://u:s3cr3t@127.0.0.1:5432/mlops', BLOB_URL: 'file:///blobs' };
const failureOf = (more: Record<string, string>) => {
  try {
    readConfiguration({ ...right, ...more });
    return '';
  } catch (error) {
    return String((error as Error).message);
  }
};

const withSecret: [string, string][] = [
  ['BLOB_URL', 's3://bucket/p?secret=s3cr3t'],
  ['BLOB_URL', 's3://user:s3cr3t@bucket/p'],
  ['BLOB_URL', 's3://s3cr3t@bucket/p'],
  ['BLOB_URL', 's3://bucket/p#s3cr3t'],
  ['BLOB_URL', 'file:///blobs?s3cr3t'],
  ['MODEL_SERVER_ADDRESS', 'http://user:s3cr3t@127.0.0.1:9090'],
  ['MODEL_SERVER_ADDRESS', 'http://s3cr3t@127.0.0.1:9090'],
  ['MODEL_SERVER_ADDRESS', 'http://127.0.0.1:9090/?token=s3cr3t'],
  ['MODEL_SERVER_ADDRESS', 'http://user:s3cr3t/x@127.0.0.1:9090'],
  ['AWS_ENDPOINT_URL_S3', 'https://user:s3cr3t@s3.example.com'],
  ['AWS_ENDPOINT_URL', 'https://s3.example.com?key=s3cr3t'],
  ['TEMPORAL_ADDRESS', 'user:s3cr3t@127.0.0.1:7233'],
  ['DATABASE_URL', 'postgres://u:s3cr3t#x@h/db'],
  ['DATABASE_URL', 'mysql://u:s3cr3t@h/db'],
];

describe('the environment', () => {
  it.each(withSecret)('is refused at start, without a word of it, where a secret stands in %s: %s', (name, value) => {
    const message = failureOf({ [name]: value });
    expect(message).toContain(`${name}: `);
    expect(message).not.toContain('s3cr3t');
  });

  it.each([
    ['BLOB_URL', 's3://bucket/some/prefix'],
    ['BLOB_URL', 'file:///a%20folder/blobs'],
    ['MODEL_SERVER_ADDRESS', 'https://model-server:9090/control'],
    ['AWS_ENDPOINT_URL_S3', 'http://versitygw:7070'],
    ['TEMPORAL_ADDRESS', 'name.account.tmprl.cloud:7233'],
    ['DATABASE_URL', 'postgresql://u:p%23w@h:5432/db?sslmode=verify-full'],
    ['DATABASE_URL', 'postgres:///db?host=/var/run/postgresql'],
  ])('is taken: %s=%s', (name, value) => {
    expect(failureOf({ [name]: value })).toBe('');
  });

  it.each([
    ['BLOB_URL', ['', 'folder', 'http://bucket', 's3://', 's3:///prefix', 'file://host/folder']],
    ['MODEL_SERVER_ADDRESS', ['127.0.0.1:9090', 'ftp://x', 'http://']],
  ])('is refused: %s', (name, values) => {
    expect(values.filter((value) => !failureOf({ [name]: value }).includes(`${name}: `))).toEqual([]);
  });
});

describe('whatever opens a URL by itself', () => {
  it.each(withSecret.filter(([name]) => name === 'BLOB_URL'))('does not show a secret in %s: %s', (_, url) => {
    expect(() => openBlobStore(url, {})).toThrow(/^BLOB_URL must be (?!.*s3cr3t)/);
  });

  it('refuses the address of a model server with a secret in it, before anybody can be asked', () => {
    const open = () => createModelServerTarget({ address: 'http://user:s3cr3t@127.0.0.1:1', token: 'x'.repeat(16) });
    expect(open).toThrow(/MODEL_SERVER_ADDRESS (?!.*s3cr3t)/);
  });
});

it.each([
  ['http://user:pw@host:1/path?token=x#y', 'http://host:1/path'],
  ['s3://bucket/prefix?secret=x', 's3://bucket/prefix'],
  ['file:///folder', 'file:///folder'],
  ['127.0.0.1:7233', '127.0.0.1:7233'],
  ['[::1]:7233', '[::1]:7233'],
  ['name.account.tmprl.cloud:7233', 'name.account.tmprl.cloud:7233'],
  ['user:pw@host:1', '(a URL that is not shown)'],
  ['http://user:p/w@host', '(a URL that is not shown)'],
])('of %s only %s is shown', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});
