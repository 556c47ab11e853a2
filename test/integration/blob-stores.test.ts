import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand, ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { openBlobStore } from '../../activities/stores/open-blob-store.js';
import { s3Client } from '../../activities/stores/s3/s3-client.js';
import { freePort } from '../../scripts/servers/free-port.js';
import { describeSharedBlobStore, type SharedBlobStoreUnderTest } from '../conformance/shared-blob-store.js';
import { s3Server } from '../servers.js';
import { startTcpFaultProxy } from '../tcp-fault-proxy.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-blob-stores-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeSharedBlobStore('a folder', async () => {
  const root = join(folder, 'blobs with space');
  const url = pathToFileURL(root).href;
  const parts = join(root, 'parts');
  writeFileSync(join(folder, 'not-a-folder'), '');
  return {
    store: openBlobStore(url),
    url,
    env: {},
    openAway: () => openBlobStore(pathToFileURL(join(folder, 'not-a-folder', 'blobs')).href),
    damage: async (digest, bytes) => writeFileSync(join(root, 'sha256', digest.slice(0, 2), digest), bytes),
    isInMidPut: async () => existsSync(parts) && readdirSync(parts).some((file) => sizeOf(join(parts, file)) > 0),
  };
});

const bucket = `blobs-${process.pid}`;
let shared: ReturnType<typeof startS3> | undefined;
const s3 = () => (shared ??= startS3());
afterAll(async () => (await shared)?.proxy.close());

describeSharedBlobStore('S3', async (): Promise<SharedBlobStoreUnderTest> => {
  const { env, client } = await s3();
  const url = `s3://${bucket}/team/a`;
  const nobody = { ...env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${await freePort()}` };
  return {
    store: openBlobStore(url, env),
    url,
    env,
    openAway: () => openBlobStore(url, nobody),
    damage: async (digest, bytes) => {
      const Key = `team/a/sha256/${digest.slice(0, 2)}/${digest}`;
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytes }));
    },
    isInMidPut: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.length > 0;
    },
  };
});

describe('S3 behind a bad network', () => {
  it('leaves no file of a download that was torn, and says so as a fault that passes', async () => {
    const { env, proxy } = await s3();
    const store = openBlobStore(`s3://${bucket}`, env);
    const { digest } = await store.put(Buffer.alloc(5_000_000, 7));
    proxy.faults.cutReplyAfterBytes = 1_000_000;
    proxy.cut();
    const torn = { type: 'BLOB_STORE_UNAVAILABLE', nonRetryable: false };
    await expect(store.download(digest, join(folder, 'torn'))).rejects.toMatchObject(torn);
    await expect(store.get(digest)).rejects.toMatchObject(torn);
    proxy.heal();
    expect(readdirSync(folder).filter((file) => file === 'torn' || file.endsWith('.part'))).toEqual([]);
    await store.download(digest, join(folder, 'torn'));
    expect(sizeOf(join(folder, 'torn'))).toBe(5_000_000);
  });

  it('stores once when the server acted and its answer was lost', async () => {
    const { env, proxy } = await s3();
    const store = openBlobStore(`s3://${bucket}/lost`, env);
    proxy.faults.loseReplyTo = 'PUT /';
    proxy.cut();
    const blob = await store.put(Buffer.from('acknowledged to nobody'));
    expect(proxy.passed.lostReplies).toBe(1);
    expect(await store.stat(blob.digest)).toEqual(blob);
  });

  it('has no blob when an upload was cut', async () => {
    const { env, proxy } = await s3();
    const store = openBlobStore(`s3://${bucket}/cut`, env);
    proxy.faults.cutRequestAfterBytes = 200_000;
    proxy.cut();
    const bytes = Buffer.alloc(3_000_000, 9);
    await expect(store.put(bytes)).rejects.toMatchObject({ type: 'BLOB_STORE_UNAVAILABLE' });
    proxy.heal();
    const { digest } = await store.put(bytes);
    expect((await store.get(digest)).equals(bytes)).toBe(true);
  });
});

describe('opening a blob store', () => {
  it('says which bucket is missing and creates none', async () => {
    const { env } = await s3();
    const store = openBlobStore('s3://no-such-bucket-here', env);
    const missing = {
      type: 'CONFIGURATION_INVALID',
      nonRetryable: false,
      message: expect.stringContaining('bucket does not exist'),
    };
    await expect(store.put(Buffer.from('x'))).rejects.toMatchObject(missing);
    await expect(store.get('0'.repeat(64))).rejects.toMatchObject(missing);
    await expect(store.stat('0'.repeat(64))).rejects.toMatchObject(missing);
  });

  it('says that the secret key is wrong', async () => {
    const { env } = await s3();
    const store = openBlobStore(`s3://${bucket}`, { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' });
    const refused = {
      type: 'CONFIGURATION_INVALID',
      nonRetryable: false,
      message: expect.stringContaining('AWS_SECRET_ACCESS_KEY'),
    };
    await expect(store.get('0'.repeat(64))).rejects.toMatchObject(refused);
  });

  it.each(['', 'folder', 'http://bucket', 's3://', 's3:///prefix', 'file://host/folder'])('refuses "%s"', (url) => {
    expect(() => openBlobStore(url, {})).toThrow(/BLOB_URL must/);
  });
});

/** The run's S3 server behind a proxy; the client that works behind a store's back goes round it. */
async function startS3() {
  const { endpoint, region, accessKey, secretKey } = await s3Server();
  const keys = { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_REGION: region };
  const proxy = await startTcpFaultProxy({ port: Number(new URL(endpoint).port) });
  const client = s3Client({ AWS_ENDPOINT_URL_S3: endpoint, ...keys });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return { env: { ...keys, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${proxy.port}` }, proxy, client };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
