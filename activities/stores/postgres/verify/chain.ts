import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { ChainMark } from '../../../../schemas/index.js';
import type { LedgerFault } from '../../ledger.js';
import type { MarksOnTheWay } from './marks.js';
import { patient } from './patient.js';

const batchRows = 2_000;
const genesis = '0'.repeat(64);

interface FactRow {
  seq: string;
  key: string;
  kind: string;
  workflow_id: string;
  step: string;
  digest: string | null;
  body: string;
  artifacts: string;
  edges: string;
  prev_hash: string;
  hash: string;
  recorded_at: string;
}

export interface ChainToWalk {
  readonly limit: number;
  readonly marks: MarksOnTheWay;
  readonly onFacts: (facts: number) => void;
}

export interface ChainWalked {
  readonly facts: number;
  readonly head: ChainMark | null;
  readonly faults: LedgerFault[];
}

/** Recomputes every hash, and compares the chain with what is known of it elsewhere. Holds one batch of facts at a time. */
export async function walkChain(client: PoolClient, { limit, marks, onFacts }: ChainToWalk): Promise<ChainWalked> {
  const faults: LedgerFault[] = [];
  let end = { seq: 0, hash: genesis };
  let facts = 0;
  const walked = () => ({ facts, head: end.seq === 0 ? null : end, faults });
  for await (const fact of factsInOrder(client)) {
    facts++;
    onFacts(facts);
    const seq = Number(fact.seq);
    const what = faultOf(fact, end) ?? (await marks.faultAt({ seq, hash: fact.hash }));
    if (what) faults.push({ what, seq });
    if (faults.length >= limit) return walked();
    end = { seq, hash: fact.hash };
  }
  faults.push(...(await headFaults(client, end)));
  return walked();
}

async function* factsInOrder(client: PoolClient): AsyncIterable<FactRow> {
  for (let last = '0'; ; ) {
    const text = `select seq, key, kind, workflow_id, step, digest, body, artifacts, edges, prev_hash, hash,
         to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded_at
       from fact where seq > $1 order by seq limit $2`;
    const { rows } = await client.query<FactRow>(patient(text, [last, batchRows]));
    yield* rows;
    const end = rows.at(-1);
    if (!end) return;
    last = end.seq;
  }
}

function faultOf(fact: FactRow, before: { seq: number; hash: string }): string | null {
  const seq = Number(fact.seq);
  if (seq !== before.seq + 1) return `facts ${before.seq + 1} to ${seq - 1} are missing`;
  if (fact.prev_hash !== before.hash) return `fact ${seq} does not follow fact ${before.seq}`;
  if (fact.hash !== factHash(fact)) return `fact ${seq} (${fact.kind}, "${fact.key}") was changed`;
  return null;
}

/** The same as `fact_hash` of 0001_facts.sql. */
function factHash(f: FactRow): string {
  const fields = [
    f.seq,
    f.prev_hash,
    f.key,
    f.kind,
    f.workflow_id,
    f.step,
    f.digest,
    f.body,
    f.artifacts,
    f.edges,
    f.recorded_at,
  ];
  const hash = createHash('sha256').update('\0temporal-mlops/fact/1,');
  for (const field of fields) hash.update(field === null ? '-,' : `${Buffer.byteLength(field)}:${field},`);
  return hash.digest('hex');
}

/** Facts cut off the end leave a chain that is whole; its recorded end tells, unless that was mended too. */
async function headFaults(client: PoolClient, end: { seq: number; hash: string }): Promise<LedgerFault[]> {
  const { rows } = await client.query<{ seq: string; hash: string }>('select seq, hash from chain_head');
  const [head] = rows;
  if (rows.length === 1 && Number(head?.seq) === end.seq && head?.hash === end.hash) return [];
  const what = `the chain ends at fact ${end.seq}, and its recorded end is ${head?.seq ?? 'missing'}`;
  return [{ what, seq: end.seq }];
}
