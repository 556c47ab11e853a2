import type { Pool } from 'pg';
import { errorCode } from '../../../schemas/index.js';
import type { Fleet } from '../fleet.js';
import type { Ledger } from '../ledger.js';
import type { PredictionLog } from '../prediction-log.js';
import type { Registry } from '../registry.js';
import { append, appendAll, artifacts, fact, since } from './facts.js';
import { all, record } from './fleet.js';
import { ledgerFailure } from './ledger-errors.js';
import { lineage } from './lineage/lineage.js';
import { openPool, type StoresOptions } from './pool.js';
import { appendSegment, recordOutcomes } from './prediction-appends.js';
import { outcomes, predictionSpan, segments, unmatchedOutcomes } from './prediction-log.js';
import {
  bestRun,
  datasetVersion,
  lastGeneration,
  modelVersion,
  monitorMark,
  promotedVersions,
  run,
} from './registry.js';
import { verify } from './verify-chain.js';

/** All ports over Postgres, on one pool of connections. */
export interface PostgresStores {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly predictions: PredictionLog;
  readonly fleet: Fleet;
  close(): Promise<void>;
}

/**
 * The ledger, the registry, the prediction log and the fleet in Postgres. Each append is one call of one SQL function in one
 * statement: the chain's lock is held for no round trip, and projections are made by triggers of the very insert
 * (`migrations/0002_projecting.sql`).
 *
 * A database that is not migrated is refused here; one that does not answer is not, so that a process may start first.
 */
export async function openStores(options: StoresOptions): Promise<PostgresStores> {
  const pool = openPool(options);
  const stores = storesOn(pool);
  await stores.registry.bestRun('').catch(async (error) => {
    if (errorCode(error) === 'LEDGER_UNAVAILABLE') return;
    await pool.end();
    throw error;
  });
  return stores;
}

function storesOn(pool: Pool): PostgresStores {
  const on = <A extends unknown[], R>(act: (pool: Pool, ...given: A) => Promise<R>) => {
    return (...given: A) =>
      act(pool, ...given).catch((error) => {
        throw ledgerFailure(error);
      });
  };
  return {
    ledger: {
      append: on(append),
      appendAll: on(appendAll),
      fact: on(fact),
      since: on(since),
      lineage: on(lineage),
      verify: on(verify),
      artifacts: () => failing(artifacts(pool)),
    },
    registry: {
      datasetVersion: on(datasetVersion),
      run: on(run),
      bestRun: on(bestRun),
      modelVersion: on(modelVersion),
      lastGeneration: on(lastGeneration),
      promotedVersions: on(promotedVersions),
      monitorMark: on(monitorMark),
    },
    predictions: {
      appendSegment: on(appendSegment),
      segments: on(segments),
      predictionSpan: on(predictionSpan),
      recordOutcomes: on(recordOutcomes),
      outcomes: on(outcomes),
      unmatchedOutcomes: on(unmatchedOutcomes),
    },
    fleet: { record: on(record), all: on(all) },
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
