import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { childEntry } from '../../activities/processes/child-process.js';
import type { BlobStore } from '../../activities/stores/blob-store.js';

/** One real store under test, and what the suite must do behind its back. */
export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  readonly url: string;
  readonly env: Record<string, string>;
  /** Opens the same kind of store where nothing answers. */
  openAway(): BlobStore;
  /** Replaces a blob's bytes at rest. */
  damage(digest: string, bytes: Buffer): Promise<void>;
  /** Whether a put that another process began has written some of its bytes. */
  isInMidPut(): Promise<boolean>;
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

    it('has no blob after kill -9 of its writer in mid-put, and takes it from the next', async () => {
      const { store } = await underTest();
      const { digest, file } = await killedInMidPut();
      expect(await store.stat(digest)).toBeNull();
      await store.put({ file });
      await store.download(digest, join(folder, 'after'));
    });

    /**
     * Where the machine stalls, a writer is done before the kill reaches it: its blob must then be whole, and the next
     * one is killed, of other bytes.
     */
    async function killedInMidPut(tries = 5): Promise<{ digest: string; file: string }> {
      const { store, url, env, isInMidPut } = await underTest();
      const bytes = randomBytes(64 * mebibyte);
      const file = fileOf(bytes);
      const writer = startChild([], [url, file], env);
      while (writer.process.exitCode === null && !(await isInMidPut())) await sleep(2);
      writer.process.kill('SIGKILL');
      const ended = await writer.ended;
      const digest = sha256(bytes);
      if (ended === 'SIGKILL' && (await store.stat(digest)) === null) return { digest, file };
      await store.download(digest, join(folder, `whole-${tries}`));
      if (tries === 1) throw new Error('no writer could be killed in mid-put');
      return killedInMidPut(tries - 1);
    }

    it('needs no more memory for a file of 200 MB', async () => {
      const { url, env } = await underTest();
      const file = fileOf(Buffer.alloc(200 * mebibyte, randomBytes(100_003)));
      const child = startChild(['--max-old-space-size=64'], [url, file, join(folder, 'large')], env);
      expect(await child.ended).toBe(0);
      const { sizeBytes, maxRssBytes } = JSON.parse(child.output()) as { sizeBytes: number; maxRssBytes: number };
      expect(sizeBytes).toBe(200 * mebibyte);
      expect(maxRssBytes).toBeLessThan(260 * mebibyte);
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

function startChild(flags: string[], args: string[], env: Record<string, string>) {
  const script = fileURLToPath(new URL('blob-child.mjs', import.meta.url));
  const entry = childEntry('activities/stores/open-blob-store.js');
  const child: ChildProcess = spawn(process.execPath, [...flags, script, entry, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: string[] = [];
  child.stdout?.on('data', (chunk) => chunks.push(String(chunk)));
  const ended = new Promise<string | number | null>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  return { process: child, ended, output: () => chunks.join('') };
}
