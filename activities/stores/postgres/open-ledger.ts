import type { Pool } from 'pg';
import { errorCode } from '../../../schemas/index.js';
import type { Ledger } from '../ledger.js';
import { append, appendAll, appendSegment, recordOutcomes } from './appends.js';
import { ledgerFailure } from './ledger-errors.js';
import { lineage } from './lineage.js';
import { type LedgerOptions, openPool } from './pool.js';
import * as queries from './queries.js';
import { verifyChain } from './verify-chain.js';

/**
 * The ledger in Postgres. Each append is one call of one SQL function in one statement: the chain's lock is held for no
 * round trip, and projections are made by triggers of the very insert (`migrations/0002_projecting.sql`).
 *
 * A database that is not migrated is refused here; one that does not answer is not, so that a process may start first.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const pool = openPool(options);
  const ledger = ledgerOn(pool);
  await ledger.bestRun('').catch(async (error) => {
    if (errorCode(error) === 'LEDGER_UNAVAILABLE') return;
    await pool.end();
    throw error;
  });
  return ledger;
}

function ledgerOn(pool: Pool): Ledger {
  const on = <A extends unknown[], R>(act: (pool: Pool, ...given: A) => Promise<R>) => {
    return (...given: A) =>
      act(pool, ...given).catch((error) => {
        throw ledgerFailure(error);
      });
  };
  return {
    append: on(append),
    appendAll: on(appendAll),
    appendSegment: on(appendSegment),
    recordOutcomes: on(recordOutcomes),
    datasetVersion: on(queries.datasetVersion),
    run: on(queries.run),
    bestRun: on(queries.bestRun),
    fact: on(queries.fact),
    modelVersion: on(queries.modelVersion),
    lastGeneration: on(queries.lastGeneration),
    segments: on(queries.segments),
    predictionSpan: on(queries.predictionSpan),
    outcomes: on(queries.outcomes),
    unmatchedOutcomes: on(queries.unmatchedOutcomes),
    monitorMark: on(queries.monitorMark),
    lineage: on(lineage),
    verifyChain: on(verifyChain),
    artifacts: () => failing(queries.artifacts(pool)),
    close: () => pool.end(),
  };
}

async function* failing<T>(batches: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* batches;
  } catch (error) {
    throw ledgerFailure(error);
  }
}
