import type { Digest } from '../../schemas/index.js';

export interface StoredBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly uri: string;
}

/**
 * The bytes. A blob's name is its sha-256, so it is written once and never changes.
 *
 * Promises every adapter keeps:
 * - `put` of bytes that are already there writes nothing and succeeds; two writers at once both succeed.
 * - After a crash in the middle of a `put` there is no blob, never half a one.
 * - Every read checks the digest: `BLOB_CORRUPT` instead of wrong bytes, `BLOB_NOT_FOUND` instead of none.
 * - A store that does not answer is `BLOB_STORE_UNAVAILABLE`, which is retried.
 * - A file is streamed: memory does not grow with it.
 */
export interface BlobStore {
  put(source: Uint8Array | { file: string }): Promise<StoredBlob>;
  /** Whole blob in memory, verified; for blobs up to 64 MiB. */
  get(digest: Digest): Promise<Buffer>;
  /** Streams a blob into a new file, verified; the file appears whole or not at all. */
  download(digest: Digest, file: string): Promise<void>;
  /** Null when the blob is not there. Does not read the bytes. */
  stat(digest: Digest): Promise<StoredBlob | null>;
  close(): Promise<void>;
}
