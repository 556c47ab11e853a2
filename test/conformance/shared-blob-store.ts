import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { childEntry } from '../../activities/processes/child-process.js';
import { type BlobStoreUnderTest, describeBlobStore } from './blob-store.js';

/** A store that outlives a process: others open it by its URL. */
export interface SharedBlobStoreUnderTest extends BlobStoreUnderTest {
  readonly env: Record<string, string>;
  /** Whether a put that another process began has written some of its bytes. */
  isInMidPut(): Promise<boolean>;
}

const mebibyte = 2 ** 20;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What every blob store promises, and what one that several processes use promises besides. */
export function describeSharedBlobStore(name: string, open: () => Promise<SharedBlobStoreUnderTest>): void {
  let opened: Promise<SharedBlobStoreUnderTest> | undefined;
  const underTest = () => (opened ??= open());
  describeBlobStore(name, underTest);
  describe(`${name} as a blob store of several processes`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-shared-blobs-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const fileOf = (bytes: Buffer) => {
      const file = join(folder, `${sha256(bytes)}.source`);
      writeFileSync(file, bytes);
      return file;
    };

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
