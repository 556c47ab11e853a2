import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BlobStore } from '../../activities/stores/blob-store.js';

/** One real store under test, and what the suite must do behind its back. */
export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  readonly url: string;
  /** Opens the same kind of store where nothing answers. */
  openAway(): BlobStore;
  /** Replaces a blob's bytes at rest. */
  damage(digest: string, bytes: Buffer): Promise<void>;
}

const mebibyte = 2 ** 20;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const unknown = '0'.repeat(64);

/** What every blob store promises (see the port), on whichever adapter `open` gives. */
export function describeBlobStore(name: string, open: () => Promise<BlobStoreUnderTest>): void {
  describe(`${name} as a blob store`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-blobs-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    let opened: Promise<BlobStoreUnderTest> | undefined;
    const underTest = () => (opened ??= open());
    const fileOf = (bytes: Buffer) => {
      const file = join(folder, `${sha256(bytes)}.source`);
      writeFileSync(file, bytes);
      return file;
    };

    it.each([0, 1, 70_000, 20 * mebibyte + 1])(
      'gives back %i bytes as they were put, by memory and by file',
      async (n) => {
        const { store } = await underTest();
        const bytes = randomBytes(n);
        const blob = await store.put({ file: fileOf(bytes) });
        expect(blob).toMatchObject({ digest: sha256(bytes), sizeBytes: n });
        expect((await store.get(blob.digest)).equals(bytes)).toBe(true);
        await store.download(blob.digest, join(folder, 'copy'));
        expect(readFileSync(join(folder, 'copy')).equals(bytes)).toBe(true);
        expect(await store.stat(blob.digest)).toEqual(blob);
        expect(await store.put(bytes)).toEqual(blob);
        expect(await store.put({ file: fileOf(bytes) })).toEqual(blob);
      },
    );

    it('names a blob by its digest below the root', async () => {
      const { store, url } = await underTest();
      const { uri, digest } = await store.put(Buffer.from('hello'));
      expect(uri).toBe(`${url}/sha256/${digest.slice(0, 2)}/${digest}`);
      expect(digest).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
    });

    it('lets 20 writers of the same bytes all succeed, for small and large bytes', async () => {
      const { store } = await underTest();
      for (const size of [1000, 9 * mebibyte]) {
        const bytes = randomBytes(size);
        const file = fileOf(bytes);
        const writers = Array.from({ length: 20 }, (_, i) => store.put(i % 2 ? bytes : { file }));
        expect(new Set((await Promise.all(writers)).map((blob) => blob.uri)).size).toBe(1);
        expect(sha256(await store.get(sha256(bytes)))).toBe(sha256(bytes));
      }
    });

    it('says that a blob is not there', async () => {
      const { store } = await underTest();
      expect(await store.stat(unknown)).toBeNull();
      await expect(store.get(unknown)).rejects.toMatchObject({ type: 'BLOB_NOT_FOUND', nonRetryable: true });
      await expect(store.download(unknown, join(folder, 'none'))).rejects.toMatchObject({ type: 'BLOB_NOT_FOUND' });
      expect(existsSync(join(folder, 'none'))).toBe(false);
    });

    it('refuses what is not a digest, and a local file that is not there', async () => {
      const { store } = await underTest();
      await expect(store.get('../../etc/passwd')).rejects.toMatchObject({ type: 'InvalidInput' });
      await expect(store.put({ file: join(folder, 'absent') })).rejects.toMatchObject({ type: 'SOURCE_NOT_FOUND' });
    });

    it('never gives wrong bytes: damage at rest is BLOB_CORRUPT', async () => {
      const { store, damage } = await underTest();
      const bytes = randomBytes(5000);
      const { digest } = await store.put(bytes);
      await damage(digest, Buffer.from(bytes.map((byte, at) => (at === 2500 ? byte ^ 1 : byte))));
      await expect(store.get(digest)).rejects.toMatchObject({ type: 'BLOB_CORRUPT', nonRetryable: true });
      await expect(store.download(digest, join(folder, 'bad'))).rejects.toMatchObject({ type: 'BLOB_CORRUPT' });
      expect(readdirSync(folder).filter((file) => file === 'bad' || file.endsWith('.part'))).toEqual([]);
      await damage(digest, bytes.subarray(1));
      await expect(store.put(bytes)).rejects.toMatchObject({ type: 'BLOB_CORRUPT' });
    });

    it('says within seconds that the store is away', async () => {
      const { openAway } = await underTest();
      const store = openAway();
      const started = Date.now();
      const away = { type: 'BLOB_STORE_UNAVAILABLE', nonRetryable: false };
      await expect(store.put(Buffer.from('x'))).rejects.toMatchObject(away);
      await expect(store.get(unknown)).rejects.toMatchObject(away);
      await expect(store.stat(unknown)).rejects.toMatchObject(away);
      await store.close();
      expect(Date.now() - started).toBeLessThan(6000);
    });
  });
}
