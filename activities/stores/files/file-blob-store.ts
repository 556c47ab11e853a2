import { createReadStream } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Digest, errorCode } from '../../../schemas/index.js';
import { type Bytes, syncFolder, writeThenPublish } from '../../files/atomic-file.js';
import { type Measured, measureBytes } from '../../files/hashing.js';
import { blobAddress } from '../blob-address.js';
import { blobCorrupt, blobNotFound, blobStoreUnavailable, localFileUnusable, systemCode } from '../blob-errors.js';
import type { BlobStore, StoredBlob } from '../blob-store.js';
import { downloadBlob } from '../download-blob.js';
import { fileStoreRoot, type IsNewStore } from './file-store-root.js';

/** Unfinished files of writers that were killed are deleted by a later writer when they are this old. */
const leftoverHours = 24;

/**
 * Blobs as files below one folder, e.g. on a disk that all workers share. A blob is written beside its place, synced and
 * then hard-linked to its name: the link fails where the name is taken, so nobody ever overwrites.
 */
export function fileBlobStore(place: string, isNew: IsNewStore = async () => true): BlobStore {
  const folder = resolve(place);
  const store = pathToFileURL(folder).href;
  const parts = join(folder, 'parts');
  const root = fileStoreRoot(folder, isNew);
  const pathOf = (digest: Digest) => join(folder, blobAddress(digest));
  const swept = once(() => sweep(parts));

  function found<T>(blob: T): T {
    root.seen();
    return blob;
  }

  async function put(source: Uint8Array | { file: string }): Promise<StoredBlob> {
    const known = source instanceof Uint8Array ? await find(pathOf, measureBytes(source)) : null;
    if (known) return found(known);
    await root.begin();
    await mkdir(parts).catch(unlessThere);
    await swept();
    return writeThenPublish(parts, bytesOf(source), async (part, measured) => {
      await publish(part, pathOf(measured.digest));
      return (await find(pathOf, measured)) ?? described(pathOf, measured);
    });
  }

  async function get(digest: Digest): Promise<Buffer> {
    const bytes = await readFile(pathOf(digest)).catch((error) => missing(pathOf(digest), digest, error));
    check(pathOf, digest, measureBytes(bytes));
    return found(bytes);
  }

  async function download(digest: Digest, file: string): Promise<void> {
    const path = pathOf(digest);
    const storeFailure = (error: unknown) => (errorCode(error) ? error : blobStoreUnavailable(store, error));
    const checked = (measured: Measured) => check(pathOf, digest, measured);
    await downloadBlob({ bytes: readBlob(path, digest), file, check: checked, storeFailure });
  }

  async function* readBlob(path: string, digest: Digest): Bytes {
    try {
      yield* createReadStream(path, { highWaterMark: 1 << 20 });
    } catch (error) {
      await missing(path, digest, error);
    }
  }

  async function statBlob(digest: Digest): Promise<StoredBlob | null> {
    const blob = await describeIfThere(pathOf, digest);
    if (blob === null) await root.look();
    return blob;
  }

  /** A blob that is not there, in a folder that is. */
  async function missing(path: string, digest: Digest, error: unknown): Promise<never> {
    if (systemCode(error) !== 'ENOENT') throw error;
    await root.look();
    throw blobNotFound(digest, pathToFileURL(path).href, error);
  }

  const guard = <A extends unknown[], R>(act: (...given: A) => Promise<R>) => guarded(store, act);
  return {
    put: guard(put),
    get: guard(get),
    download: guard(download),
    stat: guard(statBlob),
    close: async () => {},
  };
}

type PathOf = (digest: Digest) => string;

function described(pathOf: PathOf, { digest, sizeBytes }: Measured): StoredBlob {
  return { digest, sizeBytes, uri: pathToFileURL(pathOf(digest)).href };
}

async function describeIfThere(pathOf: PathOf, digest: Digest): Promise<StoredBlob | null> {
  const found = await stat(pathOf(digest)).catch((error) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  });
  return found && described(pathOf, { digest, sizeBytes: found.size });
}

/** A blob of another size than its bytes is damaged: a put must not call that stored. */
async function find(pathOf: PathOf, { digest, sizeBytes }: Measured): Promise<StoredBlob | null> {
  const blob = await describeIfThere(pathOf, digest);
  if (blob && blob.sizeBytes !== sizeBytes) throw blobCorrupt(digest, blob.uri, `${blob.sizeBytes} bytes`);
  return blob;
}

function check(pathOf: PathOf, digest: Digest, found: Measured): void {
  if (found.digest !== digest) throw blobCorrupt(digest, described(pathOf, { ...found, digest }).uri, found.digest);
}

/** Under its name for good: where the name is taken, what is there stays. Only its own folder is made, and none above. */
export async function publish(part: string, path: string): Promise<void> {
  await mkdir(dirname(path)).catch(unlessThere);
  try {
    await link(part, path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return;
    // A file system without hard links: a rename is as atomic, and what it may overwrite are the same bytes.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'].includes(code)) throw error;
    await rename(part, path);
  }
  await syncFolder(path);
  await syncFolder(dirname(path));
}

/** Never the folders above: where they are gone, the store is away. */
function unlessThere(error: unknown): void {
  if (systemCode(error) !== 'EEXIST') throw error;
}

async function* bytesOf(source: Uint8Array | { file: string }): Bytes {
  if (source instanceof Uint8Array) {
    yield source;
    return;
  }
  try {
    yield* createReadStream(source.file, { highWaterMark: 1 << 20 });
  } catch (error) {
    throw localFileUnusable(source.file, error);
  }
}

async function sweep(parts: string): Promise<void> {
  const oldest = Date.now() - leftoverHours * 3_600_000;
  for (const name of await readdir(parts).catch(() => [])) {
    const found = await stat(join(parts, name)).catch(() => null);
    if (found && found.mtimeMs < oldest) await rm(join(parts, name), { force: true });
  }
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= act());
}

/** What the file system says that is not an answer about one blob (full, read-only, gone) may pass. */
function guarded<A extends unknown[], R>(store: string, act: (...given: A) => Promise<R>): (...given: A) => Promise<R> {
  return (...given) =>
    act(...given).catch((error) => {
      throw errorCode(error) ? error : blobStoreUnavailable(store, error);
    });
}
