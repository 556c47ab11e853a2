import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { ChainMark } from '../../../../schemas/index.js';
import type { KnownMark, LedgerFault } from '../../ledger.js';
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
  /** in the order of `seq` */
  readonly marks: AsyncIterable<KnownMark>;
  readonly onFacts: (facts: number) => void;
}

export interface ChainWalked {
  readonly facts: number;
  readonly head: ChainMark | null;
  /** the last anchor that the chain holds */
  readonly anchored: number;
  readonly faults: LedgerFault[];
}

/** Recomputes every hash, and compares the chain with what is known of it elsewhere. Holds one batch of facts at a time. */
export async function walkChain(client: PoolClient, { limit, marks, onFacts }: ChainToWalk): Promise<ChainWalked> {
  const faults: LedgerFault[] = [];
  const known = new MarksOnTheWay(marks);
  let end = { seq: 0, hash: genesis };
  let facts = 0;
  const walked = () => ({ facts, head: end.seq === 0 ? null : end, anchored: known.held, faults });
  for await (const fact of factsInOrder(client)) {
    facts++;
    onFacts(facts);
    const seq = Number(fact.seq);
    const what = faultOf(fact, end) ?? (await known.faultAt({ seq, hash: fact.hash }));
    if (what) faults.push({ what, seq });
    if (faults.length >= limit) return walked();
    end = { seq, hash: fact.hash };
  }
  faults.push(...(await headFaults(client, end)), ...(await known.faultsAfter(end.seq, limit)));
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

/** What is known of the chain elsewhere, met one after the other while the chain goes by. */
class MarksOnTheWay {
  readonly #marks: AsyncIterator<KnownMark>;
  #next: KnownMark | null | undefined;
  /** the last anchor that was met as it should be */
  held = 0;

  constructor(marks: AsyncIterable<KnownMark>) {
    this.#marks = marks[Symbol.asyncIterator]();
  }

  async faultAt({ seq, hash }: ChainMark): Promise<string | null> {
    let fault: string | null = null;
    for (let mark = await this.#peek(); mark !== null && mark.seq <= seq; mark = await this.#pass()) {
      if (mark.seq < seq) continue; // its fact is missing, which is told already
      if (mark.hash !== hash) fault = this.#changed(mark);
      else if (mark.from === 'anchor') this.held = seq;
    }
    return fault;
  }

  async faultsAfter(end: number, limit: number): Promise<LedgerFault[]> {
    const faults: LedgerFault[] = [];
    for (let mark = await this.#peek(); mark !== null && faults.length < limit; mark = await this.#pass())
      if (mark.seq > end) faults.push({ what: cut(mark, end), seq: mark.seq });
    return faults;
  }

  #changed({ seq, from }: KnownMark): string {
    const where = this.held === 0 ? `at it or before it` : `after fact ${this.held}`;
    return `fact ${seq} is another than ${said[from]}: the chain was made anew ${where}`;
  }

  async #peek(): Promise<KnownMark | null> {
    if (this.#next === undefined) this.#next = await this.#take();
    return this.#next;
  }

  async #pass(): Promise<KnownMark | null> {
    this.#next = await this.#take();
    return this.#next;
  }

  async #take(): Promise<KnownMark | null> {
    const { done, value } = await this.#marks.next();
    return done === true ? null : value;
  }
}

const said = { anchor: 'its anchor says', expected: 'was expected' } as const;

const cut = ({ seq, from }: KnownMark, end: number): string =>
  from === 'anchor'
    ? `fact ${seq} was anchored, and the chain ends at fact ${end}: its end was cut off`
    : `fact ${seq} was expected, and the chain ends at fact ${end}`;
