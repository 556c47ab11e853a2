import { describe, expect, it } from 'vitest';
import { isLoopback, readConfiguration, serverAddressOf } from '../../schemas/index.js';

const base = {
  DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/mlops',
  BLOB_URL: 'file:///blobs',
  MODEL_SERVER_ADDRESS: 'http://127.0.0.1:9090',
};
const token = '0123456789abcdef0123456789abcdef';

/** The variables that are named as wrong; none where all is well. */
function wrong(extra: Record<string, string>): string[] {
  try {
    readConfiguration({ ...base, ...extra });
    return [];
  } catch (error) {
    return [...(error as Error).message.matchAll(/^ {2}([A-Z][A-Z0-9_]+)/gm)].map(([, name = '']) => name);
  }
}

describe('in production', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['Postgres elsewhere without TLS', { DATABASE_URL: 'postgres://u:p@db/mlops' }, ['DATABASE_URL']],
    ['TLS that believes anybody', { DATABASE_URL: 'postgres://u:p@db/mlops?sslmode=require' }, ['DATABASE_URL']],
    ['TLS that checks nothing', { DATABASE_URL: 'postgres://u:p@db/mlops?sslmode=no-verify' }, ['DATABASE_URL']],
    ['TLS that checks who answers', { DATABASE_URL: 'postgres://u:p@db/mlops?sslmode=verify-full' }, []],
    ['TLS that checks the authority', { DATABASE_URL: 'postgres://u:p@db/mlops?sslmode=verify-ca' }, []],
    ['Postgres on a socket', { DATABASE_URL: 'postgres://u:p@localhost/mlops?host=/var/run/postgresql' }, []],
    ['a host in the query', { DATABASE_URL: 'postgres://u:p@localhost/mlops?host=db.example' }, ['DATABASE_URL']],
    ['a name that begins like loopback', { DATABASE_URL: 'postgres://u:p@127.0.0.1.example/mlops' }, ['DATABASE_URL']],
    ['S3 by http', { BLOB_URL: 's3://b/p', AWS_ENDPOINT_URL_S3: 'http://s3.example' }, ['AWS_ENDPOINT_URL_S3']],
    [
      'S3 by http, for all of AWS',
      { BLOB_URL: 's3://b/p', AWS_ENDPOINT_URL: 'http://s3.example' },
      ['AWS_ENDPOINT_URL'],
    ],
    ['S3 by https', { BLOB_URL: 's3://b/p', AWS_ENDPOINT_URL_S3: 'https://s3.example' }, []],
    ['S3 on this machine', { BLOB_URL: 's3://b/p', AWS_ENDPOINT_URL_S3: 'http://[::1]:7070' }, []],
    ['an S3 endpoint that nobody uses', { AWS_ENDPOINT_URL_S3: 'http://s3.example' }, []],
    ['a control port by http', { MODEL_SERVER_ADDRESS: 'http://server:9090' }, ['MODEL_SERVER_ADDRESS']],
    ['a control port by https', { MODEL_SERVER_ADDRESS: 'https://server:9090' }, []],
    [
      'one of several control ports by http',
      { MODEL_SERVER_ADDRESS: 'staging=https://a:9090,production=http://b:9090' },
      ['MODEL_SERVER_ADDRESS'],
    ],
  ])('%s is refused by name, or taken', (_, extra, names) => {
    expect(wrong(extra)).toEqual(names);
    expect(wrong({ ...extra, MLOPS_PROFILE: 'development' })).toEqual([]);
    expect(wrong({ ...extra, MLOPS_ALLOW_CLEAR_TEXT: '1' })).toEqual([]);
  });
});

describe('a token', () => {
  it.each([
    ['16 random bytes as hex', token, true],
    ['16 random bytes as base64url', 'Qm9vdHMgYW5kIGNhdHMhIQ', true],
    ['a short one', 'only-twenty-one-char.', false],
    ['one letter, again and again', 'x'.repeat(40), false],
    ['two letters in turn', 'ab'.repeat(20), false],
    ['words with spaces', 'a token that nobody asks for', false],
  ])('is %s', (_, text, isTaken) => {
    expect(wrong({ MODEL_SERVER_TOKEN: text })).toEqual(isTaken ? [] : ['MODEL_SERVER_TOKEN']);
  });
});

describe('the address of a model server', () => {
  it.each([
    ['http://a:9090', 'staging', 'http://a:9090'],
    ['staging=http://a:9090,production=http://b:9090', 'production', 'http://b:9090'],
    ['staging=http://a:9090,production=http://b:9090', 'canary', null],
    ['staging=http://a:9090,http://b:9090', 'production', 'http://b:9090'],
  ])('may be one for each environment: %s for %s', (addresses, environment, expected) => {
    expect(wrong({ MODEL_SERVER_ADDRESS: addresses, MLOPS_PROFILE: 'development' })).toEqual([]);
    expect(serverAddressOf(addresses, environment)).toBe(expected);
  });

  it.each(['a:9090', 'staging=', 'staging=a', 'http://a:1,', 'Staging=http://a:1', 'http://a:1 http://b:1'])(
    'is not %s',
    (addresses) => {
      expect(wrong({ MODEL_SERVER_ADDRESS: addresses })).toEqual(['MODEL_SERVER_ADDRESS']);
    },
  );
});

it.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['::1', true],
  ['[::1]', true],
  ['127.evil.example', false],
  ['127.0.0.1.example', false],
  ['localhost.example', false],
  ['0.0.0.0', false],
])('%s is this machine alone: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it('what is missing is told as missing, with what it must be', () => {
  expect(() => readConfiguration({})).toThrow(
    [
      'The environment is not complete:',
      '  DATABASE_URL: is missing; it must be like postgres://user:password@127.0.0.1:5432/mlops',
      '  BLOB_URL: is missing; it must be like file:///folder or s3://bucket/prefix',
      'See docs/operations.md; beside "npm run dev" nothing needs to be set.',
    ].join('\n'),
  );
});

describe('what a worker works on, and where its metrics are read', () => {
  const read = (extra: Record<string, string>) =>
    readConfiguration({ ...base, MLOPS_PROFILE: 'development', ...extra });

  it('is every queue and nowhere, without a word', () => {
    const { MLOPS_TASK_QUEUES, MLOPS_WORKER_METRICS_ADDRESS } = read({});
    expect([MLOPS_TASK_QUEUES, MLOPS_WORKER_METRICS_ADDRESS]).toEqual([undefined, undefined]);
  });

  it('is what is named', () => {
    expect(read({ MLOPS_TASK_QUEUES: 'mlops, mlops-urgent' }).MLOPS_TASK_QUEUES).toEqual(['mlops', 'mlops-urgent']);
    for (const address of ['127.0.0.1:9464', '0.0.0.0:9464', '[::1]:9464'])
      expect(read({ MLOPS_WORKER_METRICS_ADDRESS: address }).MLOPS_WORKER_METRICS_ADDRESS).toBe(address);
  });

  it.each([
    ['a queue that there is not', { MLOPS_TASK_QUEUES: 'mlops,compute' }, ['MLOPS_TASK_QUEUES']],
    ['nothing between commas', { MLOPS_TASK_QUEUES: 'mlops,' }, ['MLOPS_TASK_QUEUES']],
    ['an address without a port', { MLOPS_WORKER_METRICS_ADDRESS: '127.0.0.1' }, ['MLOPS_WORKER_METRICS_ADDRESS']],
    ['a URL', { MLOPS_WORKER_METRICS_ADDRESS: 'http://127.0.0.1:9464' }, ['MLOPS_WORKER_METRICS_ADDRESS']],
    ['a name of a host', { MLOPS_WORKER_METRICS_ADDRESS: 'localhost:9464' }, ['MLOPS_WORKER_METRICS_ADDRESS']],
  ])('is refused where it is %s', (_, extra, names) => {
    expect(wrong(extra)).toEqual(names);
  });
});
