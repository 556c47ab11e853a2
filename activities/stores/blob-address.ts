import { Digest, failure } from '../../schemas/index.js';

/** Where a blob lies below the root of any store: `sha256/ab/<digest>`. */
export function blobAddress(digest: Digest): string {
  const { success, data } = Digest.safeParse(digest);
  if (success) return `sha256/${data.slice(0, 2)}/${data}`;
  throw failure('InvalidInput', `"${String(digest).slice(0, 80)}" is not a sha-256 digest.`);
}
