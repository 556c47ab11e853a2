import type { Pool } from 'pg';
import {
  type Appended,
  type ChainMark,
  canonicalJson,
  Fact,
  type FactInput,
  failure,
  type RecordedFact,
  wrongFields,
} from '../../../schemas/index.js';
import type { NamedArtifact } from '../ledger.js';
import { bodyOf, first } from './rows.js';

const artifactBatchRows = 1_000;

export async function append(pool: Pool, fact: FactInput): Promise<Appended> {
  const [appended] = await appendAll(pool, [fact]);
  if (!appended) throw new TypeError('an append answers with its fact');
  return appended;
}

export async function appendAll(pool: Pool, facts: FactInput[]): Promise<Appended[]> {
  if (facts.length === 0) return [];
  const given = JSON.stringify(facts.map(rowOf));
  const { rows } = await pool.query<AppendedRow>('select * from append_facts($1)', [given]);
  return rows.map(appendedOf);
}

export interface AppendedRow {
  readonly seq: string;
  readonly hash: string;
  readonly is_new: boolean;
  readonly version: number | null;
}

export function appendedOf({ seq, hash, is_new, version }: AppendedRow): Appended {
  return { seq: Number(seq), hash, isNew: is_new, version };
}

/** A fact as `append_fact` takes it: what is hashed is text already. */
export function rowOf(given: FactInput) {
  const { key, kind, origin, digest, body, artifacts, edges } = parseFact(given);
  const texts = { body: canonicalJson(body), artifacts: canonicalJson(artifacts), edges: canonicalJson(edges) };
  return { key, kind, ...origin, digest, ...texts };
}

function parseFact(given: FactInput): Fact {
  const parsed = Fact.safeParse(given);
  if (parsed.success) return parsed.data;
  const fields = wrongFields(parsed.error);
  throw failure('InvalidInput', `The fact "${given.key}" is not well formed: ${fields.join('; ')}`, { fields });
}

export async function head(pool: Pool): Promise<ChainMark | null> {
  const found = await first<{ seq: string; hash: string }>(pool, 'select seq, hash from chain_head', []);
  return found === null || found.seq === '0' ? null : { seq: Number(found.seq), hash: found.hash };
}

export function fact(pool: Pool, key: string): Promise<Fact['body'] | null> {
  return bodyOf<Fact['body']>(pool, 'select body from fact where key = $1', [key]);
}

interface RecordedRow {
  readonly seq: string;
  readonly hash: string;
  readonly recorded_at: Date;
  readonly fact: Fact;
}

/** Facts were parsed when they were appended, and the chain says whether they changed since. */
export async function since(pool: Pool, seq: number, limit = 500): Promise<RecordedFact[]> {
  const { rows } = await pool.query<RecordedRow>(
    `select seq, hash, recorded_at, json_build_object('key', key, 'kind', kind, 'digest', digest,
       'origin', json_build_object('workflowId', workflow_id, 'step', step),
       'body', body::json, 'artifacts', artifacts::json, 'edges', edges::json) as fact
     from fact where seq > $1 order by seq limit $2`,
    [seq, limit],
  );
  return rows.map((row) => ({
    seq: Number(row.seq),
    hash: row.hash,
    recordedAt: row.recorded_at.toISOString(),
    fact: row.fact,
  }));
}

/** A segment that is retired in part is still needed. */
const artifactsAfter = `
  select a.digest, a.uri, a.size_bytes::float8 as "sizeBytes", a.kind, exists (
      select from prediction_segment as s where s.digest = a.digest and s.last_at < (select retired_before())
      union all
      select from outcome_batch as b join fact as f using (seq)
      where b.digest = a.digest and f.recorded_at < (select retired_before())
      union all
      select from prediction_part as p where p.digest = a.digest and not exists (
        select from lineage_edge as e join prediction_segment as s on s.digest = e.from_id
        where e.to_id = p.digest and e.relation = 'compacted' and s.last_at >= (select retired_before()))
    ) as "isRetired"
  from artifact as a where (a.digest, a.kind) > ($1, $2) order by a.digest, a.kind limit $3`;

/** In order of digest and kind, each batch from where the last one ended. */
export async function* artifacts(pool: Pool): AsyncIterable<NamedArtifact[]> {
  let last = { digest: '', kind: '' };
  for (;;) {
    const { rows } = await pool.query<NamedArtifact>(artifactsAfter, [last.digest, last.kind, artifactBatchRows]);
    const end = rows.at(-1);
    if (!end) return;
    yield rows;
    last = end;
  }
}
