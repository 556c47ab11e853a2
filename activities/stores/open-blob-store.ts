import { fileURLToPath } from 'node:url';
import { failure, secretPartOf } from '../../schemas/index.js';
import type { Anchors } from './anchors.js';
import type { BlobStore } from './blob-store.js';
import { fileAnchors } from './files/file-anchors.js';
import { fileBlobStore } from './files/file-blob-store.js';
import type { IsNewStore } from './files/file-store-root.js';
import type { Ledger } from './ledger.js';
import { s3Anchors } from './s3/s3-anchors.js';
import { type S3Place, s3BlobStore } from './s3/s3-blob-store.js';
import { s3Client } from './s3/s3-client.js';

/**
 * The store that a BLOB_URL names: `file:///folder` or `s3://bucket/prefix`. Nothing is asked and nothing created: a
 * store that is away does not keep a process from starting. A folder is made where there is none only for a store that `isNew`.
 */
export function openBlobStore(
  url: string,
  env: NodeJS.ProcessEnv = process.env,
  isNew: IsNewStore = async () => true,
): BlobStore {
  const place = placeOf(url, env);
  return typeof place === 'string' ? fileBlobStore(place, isNew) : s3BlobStore(place);
}

export interface AnchorOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly isNew?: IsNewStore;
}

/** The anchors of a ledger, which lie beside its blobs. */
export function openAnchors(url: string, ledger: string, { env = process.env, isNew }: AnchorOptions = {}): Anchors {
  const place = placeOf(url, env);
  return typeof place === 'string' ? fileAnchors(place, ledger, isNew) : s3Anchors(place, ledger);
}

/** A folder, or a place in S3. */
function placeOf(url: string, env: NodeJS.ProcessEnv): string | S3Place {
  const parsed = URL.canParse(url) && secretPartOf(url) === null ? new URL(url) : null;
  if (parsed?.protocol === 'file:') return folderOf(parsed);
  if (parsed?.protocol === 's3:' && parsed.hostname) {
    const prefix = decodeURIComponent(parsed.pathname).replace(/^\/+|\/+$/g, '');
    return { client: s3Client(env), bucket: parsed.hostname, prefix };
  }
  throw failure(
    'CONFIGURATION_INVALID',
    'BLOB_URL must be file:///folder or s3://bucket/prefix, and nothing more: no user, no query.',
  );
}

/** For `isNew`: a ledger that names blobs knows a store that was written to. */
export async function namesNoBlob(ledger: Pick<Ledger, 'artifacts'>): Promise<boolean> {
  for await (const artifacts of ledger.artifacts()) if (artifacts.length > 0) return false;
  return true;
}

function folderOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    const message = 'BLOB_URL must name a folder of this machine by three slashes: file:///folder.';
    throw failure('CONFIGURATION_INVALID', message, { cause: error });
  }
}
