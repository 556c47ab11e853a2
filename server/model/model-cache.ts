import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../activities/files/atomic-file.js';
import { measureBytes } from '../../activities/files/hashing.js';
import { systemFailure } from '../../activities/processes/system-errors.js';
import { type Digest, failure } from '../../schemas/index.js';

/**
 * Content-addressed files on local disk. Every read checks the digest on the very bytes it returns: a file that was
 * damaged is as good as missing.
 */
export class ModelCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Null when the bytes are not here or are not what their name says. */
  async read(digest: Digest): Promise<Buffer | null> {
    try {
      const bytes = await readFile(join(this.folder, digest));
      return measureBytes(bytes).digest === digest ? bytes : null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** The bytes, from disk or else from `fetch`, whose bytes are checked and kept. */
  async readThrough(digest: Digest, fetch: (digest: Digest) => Promise<Uint8Array>): Promise<Uint8Array> {
    const cached = await this.read(digest);
    if (cached !== null) return cached;
    const bytes = await fetch(digest);
    const got = measureBytes(bytes).digest;
    if (got !== digest) throw failure('BLOB_CORRUPT', `Blob ${digest} holds bytes of another digest.`, { digest, got });
    await this.#keep(digest, bytes);
    return bytes;
  }

  /** A disk that is full is this server's, and not the store that the bytes came from. */
  async #keep(digest: Digest, bytes: Uint8Array): Promise<void> {
    try {
      await writeDurably(join(this.folder, digest), bytes);
    } catch (error) {
      throw systemFailure(error, `The model cache ${this.folder} cannot be written`) ?? error;
    }
  }

  /** Removes every file whose digest is not among those in use, drafts of a crash included. */
  keepOnly(inUse: ReadonlySet<Digest>): void {
    for (const name of readdirSync(this.folder)) if (!inUse.has(name)) rmSync(join(this.folder, name), { force: true });
  }
}
