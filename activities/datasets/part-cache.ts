import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../schemas/index.js';
import { measureFile } from '../files/hashing.js';
import type { BlobStore } from '../stores/blob-store.js';

const keepMs = 6 * 3600_000;

/** Dataset parts on the local disk, by digest: label and train read the same ones many times. May be deleted at any time. */
export interface PartCache {
  /** Path of the part's bytes. They are verified on every call: a cache folder is no store. */
  file(digest: Digest): Promise<string>;
}

/** Parts that nobody asked for in six hours are removed with the next download. */
export function createPartCache(blobs: BlobStore, directory: string): PartCache {
  return {
    async file(digest) {
      const path = join(directory, `${digest}.parquet`);
      if (await isIntact(path, digest)) return path;
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await removeOld(directory);
      const fresh = `${path}.${randomUUID()}`;
      await blobs.download(digest, fresh);
      await rename(fresh, path);
      return path;
    },
  };
}

async function isIntact(path: string, digest: Digest): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(path, now, now);
    return (await measureFile(path)).digest === digest;
  } catch {
    return false; // not there
  }
}

async function removeOld(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const entry = await stat(path).catch(() => null);
    if (entry !== null && Date.now() - entry.mtimeMs > keepMs) await rm(path, { force: true });
  }
}
