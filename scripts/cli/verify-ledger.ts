import type { Anchors } from '../../activities/stores/anchors.js';
import type { KnownMark, LedgerFault } from '../../activities/stores/ledger.js';
import type { ChainMark } from '../../schemas/index.js';
import { explain } from './explain-error.js';
import { verifyBlobs } from './verify-blobs.js';
import { silent, type VerifyProgress } from './verify-progress.js';
import { type RowStores, verifyRows } from './verify-rows.js';

export interface Verified {
  readonly ok: boolean;
  readonly facts: number;
  /** the end of the chain as `--expect` takes it; null where there is no fact */
  readonly head: string | null;
  /** the newest fact that an anchor holds; 0 for none */
  readonly anchored: number;
  readonly blobs: number;
  readonly sizeBytes: number;
  /** blobs that are gone, of a time that is retired */
  readonly retired: number;
  readonly faults: readonly (LedgerFault | { readonly what: string })[];
  /** what is no fault and should be known */
  readonly notes: readonly string[];
}

export interface VerifyHow {
  /** `quick` reads no blob, `whole` reads each of them, `full` also compares predictions and outcomes with theirs */
  readonly depth?: 'quick' | 'whole' | 'full';
  /** the end of the chain as it once was */
  readonly expected?: ChainMark | null;
  readonly progress?: VerifyProgress;
}

export interface VerifiedStores extends RowStores {
  readonly anchors: Anchors;
}

/** The chain, its anchors, the projections, the invariants, the schema, and every blob that a fact names. */
export async function verifyLedger(stores: VerifiedStores, how: VerifyHow = {}): Promise<Verified> {
  const { depth = 'whole', expected = null, progress = silent } = how;
  const onFacts = (facts: number) => progress.say('facts', facts);
  const marks = inOrder(stores.anchors.all(), expected);
  const { facts, head, anchored, faults: found } = await stores.ledger.verify({ schema: true, marks, onFacts });
  const stored = await verifyBlobs(stores.blobs, stores.ledger.artifacts(), {
    quick: depth === 'quick',
    progress: (blobs) => progress.say('blobs', blobs),
  });
  const onSegments = (segments: number) => progress.say('segments', segments);
  const ofRows = depth === 'full' && found.length === 0 ? await verifyRows(stores, { limit: 10, onSegments }) : [];
  const faults = [...found, ...stored.faults.map((what) => ({ what })), ...ofRows];
  const ok = faults.length === 0;
  const unanchored = ok && head !== null ? await anchor(stores.anchors, head) : null;
  const { blobs, sizeBytes, retired } = stored;
  return {
    ok,
    facts,
    head: head && `${head.seq}:${head.hash}`,
    anchored: ok && head !== null && unanchored === null ? head.seq : anchored,
    blobs,
    sizeBytes,
    retired,
    faults,
    notes: unanchored === null ? [] : [unanchored],
  };
}

/** What was found whole is worth an anchor. Who only reads cannot leave one, and is told. */
async function anchor(anchors: Anchors, head: ChainMark): Promise<string | null> {
  return anchors.put(head).then(
    () => null,
    (error: unknown) => `fact ${head.seq} could not be anchored: ${explain(error).message}`,
  );
}

async function* inOrder(anchors: AsyncIterable<ChainMark>, expected: ChainMark | null): AsyncIterable<KnownMark> {
  let left = expected;
  for await (const mark of anchors) {
    if (left !== null && left.seq <= mark.seq) {
      yield { ...left, from: 'expected' };
      left = null;
    }
    yield { ...mark, from: 'anchor' };
  }
  if (left !== null) yield { ...left, from: 'expected' };
}

export function verifiedInWords({ ok, head, anchored, faults, notes, ...counts }: Verified): string {
  const seen = seenInWords(counts);
  const end = head === null ? [] : [`head: ${head}`, anchored === 0 ? 'no anchor' : `anchored up to fact ${anchored}`];
  if (ok) return [`${seen}: no fault`, ...end, ...notes].join('\n');
  const [first, ...more] = faults.map((fault) => fault.what);
  const told = [`${seen}: ${faults.length} fault(s)`, `first: ${first ?? ''}`, ...more].join('\n  ');
  return [told, ...end, ...notes].join('\n');
}

function seenInWords({
  facts,
  blobs,
  sizeBytes,
  retired,
}: Pick<Verified, 'facts' | 'blobs' | 'sizeBytes' | 'retired'>) {
  const gone = retired === 0 ? '' : `, ${retired} more retired and gone`;
  return `${facts} facts, ${blobs} blobs (${(sizeBytes / 1e6).toFixed(1)} MB)${gone}`;
}
