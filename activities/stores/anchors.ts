import { ChainMark } from '../../schemas/index.js';

/**
 * Where a ledger's chain stood from time to time, kept away from its database: who can rewrite the whole ledger cannot
 * rewrite these, and a chain that was cut or made anew does not hold what was anchored.
 *
 * Promises:
 * - `put` only creates: what is anchored stays, and the same mark again is nothing new. Two marks of one `seq` with
 *   different hashes are both kept, because one of them is of a chain that was changed.
 * - `all` gives every mark once, in the order of `seq`.
 * - A store that does not answer is `BLOB_STORE_UNAVAILABLE`, which is retried.
 */
export interface Anchors {
  put(mark: ChainMark): Promise<void>;
  all(): AsyncIterable<ChainMark>;
  close(): Promise<void>;
}

/** Names sort as their numbers do, and say all there is to know: a listing is enough to read them. */
export const anchorName = ({ seq, hash }: ChainMark): string => `${String(seq).padStart(16, '0')}-${hash}`;

/** Null for the name of something else. */
export function anchorOf(name: string): ChainMark | null {
  const [, seq, hash] = /^(\d{16})-([0-9a-f]{64})$/.exec(name) ?? [];
  const parsed = ChainMark.safeParse({ seq: Number(seq), hash });
  return parsed.success ? parsed.data : null;
}

/** The folder of one ledger's anchors below the root of any store: a tenant's ledger has its own. */
export const anchorFolder = (ledger: string): string => `anchors/${encodeURIComponent(ledger)}`;

/** What lies under the name, for people and for programs that do not know the name's form. */
export const anchorText = (ledger: string, mark: ChainMark): string => `${JSON.stringify({ ledger, ...mark })}\n`;
