import type { LedgerFault } from '../../activities/stores/ledger.js';
import { withStores } from '../connect.js';
import type { Verb } from '../verb.js';
import { verifyBlobs } from '../verify-blobs.js';

interface Verified {
  readonly ok: boolean;
  readonly facts: number;
  readonly blobs: number;
  readonly sizeBytes: number;
  readonly faults: readonly (LedgerFault | { readonly what: string })[];
}

export const verb: Verb = {
  name: 'verify',
  summary: "check the ledger's hash chain, and that every blob is there and is what its digest says",
  usage: 'verify [--quick]   (--quick: blobs by presence and size only)',
  options: { quick: { type: 'boolean' } },
  async run({ json, values }) {
    const result = await verify(values['quick'] === true);
    console.log(json ? JSON.stringify(result) : inWords(result));
    return result.ok ? 0 : 1;
  },
};

function verify(quick: boolean): Promise<Verified> {
  return withStores(async ({ blobs, ledger }) => {
    const chain = await ledger.verifyChain();
    const stored = await verifyBlobs(blobs, ledger.artifacts(), { quick, progress });
    const faults = [...chain.faults, ...stored.faults.map((what) => ({ what }))];
    return { ok: faults.length === 0, facts: chain.facts, blobs: stored.blobs, sizeBytes: stored.sizeBytes, faults };
  });
}

function progress(blobs: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${blobs} blobs checked\u001b[K${'\r'}`);
}

function inWords({ ok, facts, blobs, sizeBytes, faults }: Verified): string {
  const seen = `${facts} facts, ${blobs} blobs (${(sizeBytes / 1e6).toFixed(1)} MB)`;
  if (ok) return `${seen}: no fault`;
  const [first, ...more] = faults.map((fault) => fault.what);
  return [`${seen}: ${faults.length} fault(s)`, `first: ${first ?? ''}`, ...more].join('\n  ');
}
