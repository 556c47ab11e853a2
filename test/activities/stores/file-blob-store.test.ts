import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileBlobStore } from '../../../activities/stores/files/file-blob-store.js';
import { failure } from '../../../schemas/index.js';

const away = { type: 'BLOB_STORE_UNAVAILABLE', nonRetryable: false };
const never = 'f'.repeat(64);
const isNew = async () => true;
const isOld = async () => false;

let folder: string;
let blobs: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-blobs-'));
  blobs = join(folder, 'blobs');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder of blobs that is away', () => {
  it.each([
    ['gone', () => {}],
    ['an empty mount point', () => mkdirSync(blobs)],
    ['another folder', () => mkdirSync(join(blobs, 'lost+found'), { recursive: true })],
  ])('is waited for and never made anew: %s', async (_, leave) => {
    const { digest } = await fileBlobStore(blobs, isNew).put(Buffer.from('before'));
    for (const store of [fileBlobStore(blobs, isOld), fileBlobStore(blobs, isNew)]) {
      await store.get(digest);
      renameSync(blobs, `${blobs}-away`);
      leave();
      const left = existsSync(blobs) ? readdirSync(blobs) : null;
      await expect(store.put(Buffer.from('meanwhile'))).rejects.toMatchObject(away);
      await expect(store.get(digest)).rejects.toMatchObject(away);
      await expect(store.stat(digest)).rejects.toMatchObject(away);
      await expect(store.download(digest, join(folder, 'local'))).rejects.toMatchObject(away);
      expect(existsSync(blobs) ? readdirSync(blobs) : null).toEqual(left);
      rmSync(blobs, { recursive: true, force: true });
      renameSync(`${blobs}-away`, blobs);
      expect((await store.get(digest)).toString()).toBe('before');
      await store.put(Buffer.from('meanwhile'));
    }
  });

  it('is told from a new one by who started just now, too', async () => {
    const restarted = fileBlobStore(blobs, isOld);
    await expect(restarted.put(Buffer.from('x'))).rejects.toMatchObject(away);
    await expect(restarted.stat(never)).rejects.toMatchObject(away);
    expect(existsSync(blobs)).toBe(false);
  });

  it('is not made where nobody can say whether it is new', async () => {
    const unsure = fileBlobStore(blobs, () => Promise.reject(failure('LEDGER_UNAVAILABLE', 'Postgres did not answer')));
    await expect(unsure.put(Buffer.from('x'))).rejects.toMatchObject({ type: 'LEDGER_UNAVAILABLE' });
    expect(existsSync(blobs)).toBe(false);
  });
});

describe('a folder of blobs that is new', () => {
  it('is made by its first blob, and holds none before', async () => {
    const store = fileBlobStore(blobs, isNew);
    expect(await store.stat(never)).toBeNull();
    await expect(store.get(never)).rejects.toMatchObject({ type: 'BLOB_NOT_FOUND' });
    expect(existsSync(blobs)).toBe(false);
    const { digest } = await store.put(Buffer.from('first'));
    expect((await store.get(digest)).toString()).toBe('first');
  });
});

describe('a blob whose bytes were flipped', () => {
  it('is named by where it lies, by every way of reading it', async () => {
    const store = fileBlobStore(blobs, isNew);
    const { digest, uri } = await store.put(Buffer.from('right'));
    writeFileSync(fileURLToPath(uri), 'wrong');
    const named = { type: 'BLOB_CORRUPT', message: expect.stringContaining(uri) };
    await expect(store.get(digest)).rejects.toMatchObject(named);
    await expect(store.download(digest, join(folder, 'local'))).rejects.toMatchObject(named);
  });
});

describe('a download to a place that cannot take it', () => {
  it("is this machine's trouble, and not the store's", async () => {
    const store = fileBlobStore(blobs, isNew);
    const { digest } = await store.put(Buffer.from('x'.repeat(5000)));
    const full = { type: 'SYSTEM_UNAVAILABLE', message: expect.stringMatching(/^\/sys\/blob cannot be written: E/) };
    await expect(store.download(digest, '/sys/blob')).rejects.toMatchObject(full);
  });
});
