import type { Pool, PoolClient } from 'pg';
import type { KnownMark, LedgerVerified, VerifyOptions } from '../../ledger.js';
import { askFor } from './ask-for.js';
import { schemaFaults } from './catalogue.js';
import { walkChain } from './chain.js';
import { invariants } from './invariants.js';
import { MarksOnTheWay } from './marks.js';
import { verifyTimeoutMs } from './patient.js';
import { projectionQuestions } from './projections.js';

/**
 * Recomputes the whole chain here, with nothing of what Postgres says about it, then compares the projections with the
 * facts. One snapshot, read in batches: appends go on meanwhile. Projections of a broken chain say nothing, so they are
 * looked at only when the chain holds.
 */
export async function verify(pool: Pool, options: VerifyOptions = {}): Promise<LedgerVerified> {
  const { limit = 10, onFacts = () => {}, schema = false } = options;
  const marks = new MarksOnTheWay(options.marks ?? none());
  const inLedger = await withClient(pool, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    await client.query(`set local statement_timeout = ${verifyTimeoutMs}`);
    const { faults, ...walked } = await walkChain(client, { limit, marks, onFacts });
    if (faults.length === 0) {
      const questions = [...(await projectionQuestions(client)), ...invariants];
      faults.push(...(await askFor(client, questions, limit)));
    }
    await client.query('commit');
    const isWalked = faults.length < limit;
    const cut = isWalked ? await marks.faultsBeyond(walked.head?.seq ?? 0, (seq) => hashOf(client, seq)) : [];
    return { ...walked, faults: [...faults, ...cut] };
  });
  const inSchema = schema ? await withClient(pool, schemaFaults) : [];
  const faults = [...inLedger.faults, ...inSchema].slice(0, limit);
  return { ...inLedger, anchored: marks.held, faults };
}

async function withClient<T>(pool: Pool, act: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await act(client);
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}

async function hashOf(client: PoolClient, seq: number): Promise<string | null> {
  const { rows } = await client.query<{ hash: string }>('select hash from fact where seq = $1', [seq]);
  return rows[0]?.hash ?? null;
}

async function* none(): AsyncIterable<KnownMark> {}
