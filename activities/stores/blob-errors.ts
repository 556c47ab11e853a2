import type { ApplicationFailure } from '@temporalio/common';
import { type Digest, failure } from '../../schemas/index.js';

export function blobNotFound(digest: Digest, uri: string, cause?: unknown): ApplicationFailure {
  return failure('BLOB_NOT_FOUND', `No blob ${digest} at ${uri}.`, { digest, uri, cause: cause });
}

export function blobCorrupt(digest: Digest, uri: string, found: string): ApplicationFailure {
  const message = `The blob at ${uri} has changed: it holds ${found}. Restore it from a backup or delete it and put it again.`;
  return failure('BLOB_CORRUPT', message, { digest, uri, found });
}

export function blobStoreUnavailable(store: string, cause: unknown): ApplicationFailure {
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return failure('BLOB_STORE_UNAVAILABLE', `The blob store ${store} did not answer: ${why}`, { store, cause: cause });
}

/** A file to be stored, or the place for one, that the caller named wrongly. */
export function localFileUnusable(file: string, cause: unknown): ApplicationFailure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return failure('SOURCE_NOT_FOUND', `The local file ${file} cannot be used: ${why}`, { file, cause: cause });
}

/** The system's name of an error, e.g. ENOENT; empty when it has none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
