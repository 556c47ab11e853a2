import { readFile } from 'node:fs/promises';
import { type Digest, errorCode } from '../../../schemas/index.js';
import { measureBytes } from '../../files/hashing.js';
import { blobAddress } from '../blob-address.js';
import { blobCorrupt, blobNotFound, blobStoreUnavailable, localFileUnusable } from '../blob-errors.js';
import type { BlobStore, StoredBlob } from '../blob-store.js';
import { downloadBlob } from '../download-blob.js';

const root = 'memory://';

/** Blobs in this process, for tests; gone with it. What is put into `held` behind its back is found out like damage on a disk. */
export function createMemoryBlobStore(held = new Map<Digest, Buffer>()): BlobStore {
  let isClosed = false;

  const described = (digest: Digest, sizeBytes: number): StoredBlob => ({
    digest,
    sizeBytes,
    uri: `${root}/${blobAddress(digest)}`,
  });

  async function put(source: Uint8Array | { file: string }): Promise<StoredBlob> {
    const bytes = source instanceof Uint8Array ? Buffer.from(source) : await bytesOf(source.file);
    const { digest, sizeBytes } = measureBytes(bytes);
    const blob = described(digest, sizeBytes);
    const known = held.get(digest);
    if (known !== undefined && known.length !== sizeBytes) throw blobCorrupt(digest, blob.uri, `${known.length} bytes`);
    if (known === undefined) held.set(digest, bytes);
    return blob;
  }

  async function get(digest: Digest): Promise<Buffer> {
    const { uri } = described(digest, 0);
    const bytes = held.get(digest);
    if (bytes === undefined) throw blobNotFound(digest, uri);
    const found = measureBytes(bytes);
    if (found.digest !== digest) throw blobCorrupt(digest, uri, found.digest);
    return Buffer.from(bytes);
  }

  async function download(digest: Digest, file: string): Promise<void> {
    const bytes = await get(digest);
    await downloadBlob({ bytes: [bytes], file, check: () => {}, storeFailure: (error) => error });
  }

  async function stat(digest: Digest): Promise<StoredBlob | null> {
    const blob = described(digest, held.get(digest)?.length ?? 0);
    return held.has(digest) ? blob : null;
  }

  const open = <A extends unknown[], R>(act: (...given: A) => Promise<R>) => {
    return async (...given: A): Promise<R> => {
      if (isClosed) throw blobStoreUnavailable(root, new Error('it was closed'));
      return act(...given);
    };
  };
  const close = async () => {
    isClosed = true;
  };
  return { put: open(put), get: open(get), download: open(download), stat: open(stat), close };
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw errorCode(error) === null ? localFileUnusable(file, error) : error;
  }
}
