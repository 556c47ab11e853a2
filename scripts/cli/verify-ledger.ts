import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { Ledger, LedgerFault } from '../../activities/stores/ledger.js';
import { verifyBlobs } from './verify-blobs.js';

export interface Verified {
  readonly ok: boolean;
  readonly facts: number;
  readonly blobs: number;
  readonly sizeBytes: number;
  /** blobs that are gone, of a time that is retired */
  readonly retired: number;
  readonly faults: readonly (LedgerFault | { readonly what: string })[];
}

/** The chain, the projections, the invariants, and every blob that a fact names. */
export async function verifyLedger(stores: { blobs: BlobStore; ledger: Ledger }, quick: boolean): Promise<Verified> {
  const chain = await stores.ledger.verify();
  const stored = await verifyBlobs(stores.blobs, stores.ledger.artifacts(), { quick, progress });
  const faults = [...chain.faults, ...stored.faults.map((what) => ({ what }))];
  const { blobs, sizeBytes, retired } = stored;
  return { ok: faults.length === 0, facts: chain.facts, blobs, sizeBytes, retired, faults };
}

function progress(blobs: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${blobs} blobs checked\u001b[K${'\r'}`);
}

export function verifiedInWords({ ok, facts, blobs, sizeBytes, retired, faults }: Verified): string {
  const gone = retired === 0 ? '' : `, ${retired} more retired and gone`;
  const seen = `${facts} facts, ${blobs} blobs (${(sizeBytes / 1e6).toFixed(1)} MB)${gone}`;
  if (ok) return `${seen}: no fault`;
  const [first, ...more] = faults.map((fault) => fault.what);
  return [`${seen}: ${faults.length} fault(s)`, `first: ${first ?? ''}`, ...more].join('\n  ');
}
