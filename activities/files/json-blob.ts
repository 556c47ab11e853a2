import type { z } from 'zod';
import type { Digest } from '../../schemas/index.js';
import type { BlobStore } from '../stores/blob-store.js';

/** A blob of JSON as what its schema says. Throws what the store throws, and the schema's error for other contents. */
export async function readJsonBlob<S extends z.ZodType>(
  blobs: Pick<BlobStore, 'get'>,
  digest: Digest,
  schema: S,
): Promise<z.output<S>> {
  return parseJson(await blobs.get(digest), schema);
}

/** The same for bytes that are at hand. Throws a SyntaxError where they are not JSON. */
export function parseJson<S extends z.ZodType>(bytes: Uint8Array, schema: S): z.output<S> {
  return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}
