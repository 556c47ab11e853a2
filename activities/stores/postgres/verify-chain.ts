import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { LedgerFault } from '../ledger.js';
import { patient, projectionFaults, verifyTimeoutMs } from './verify-projections.js';

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

/**
 * Recomputes the whole chain here, with nothing of what Postgres says about it, then compares the projections with the
 * facts. One snapshot, read in batches: appends go on meanwhile. Projections of a broken chain say nothing, so they are
 * looked at only when the chain holds.
 */
export async function verify(pool: Pool, limit = 10): Promise<{ facts: number; faults: LedgerFault[] }> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query(`set local statement_timeout = ${verifyTimeoutMs}`);
    const { facts, faults } = await walk(client, limit);
    if (faults.length === 0) faults.push(...(await projectionFaults(client, limit)));
    await client.query('commit');
    return { facts, faults: faults.slice(0, limit) };
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}

async function walk(client: PoolClient, limit: number): Promise<{ facts: number; faults: LedgerFault[] }> {
  const faults: LedgerFault[] = [];
  const keys = new Set<string>();
  let end = { seq: 0, hash: genesis };
  let facts = 0;
  for await (const fact of factsInOrder(client)) {
    facts++;
    const what = faultOf(fact, end) ?? (keys.has(fact.key) ? `the key "${fact.key}" is there twice` : null);
    if (what) faults.push({ what, seq: Number(fact.seq) });
    if (faults.length >= limit) return { facts, faults };
    keys.add(fact.key);
    end = { seq: Number(fact.seq), hash: fact.hash };
  }
  const what = await headFault(client, end);
  if (what) faults.push({ what, seq: end.seq });
  return { facts, faults };
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

/** Facts cut off the end leave a chain that is whole; only its recorded end tells. */
async function headFault(client: PoolClient, end: { seq: number; hash: string }): Promise<string | null> {
  const { rows } = await client.query<{ seq: string; hash: string }>('select seq, hash from chain_head');
  const [head] = rows;
  if (rows.length === 1 && Number(head?.seq) === end.seq && head?.hash === end.hash) return null;
  return `the chain ends at fact ${end.seq}, and its recorded end is ${head?.seq ?? 'missing'}`;
}
