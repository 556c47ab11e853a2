import type { Pool } from 'pg';
import { type Appended, errorCode } from '../../../schemas/index.js';
import type { Fleet } from '../fleet.js';
import type { Ledger } from '../ledger.js';
import type { Lookups } from '../lookups.js';
import type { PredictionLog } from '../prediction-log.js';
import type { Registry } from '../registry.js';
import { type Anchoring, AnchorKeeper } from './anchor-keeper.js';
import { append, appendAll, artifacts, fact, head, since } from './facts.js';
import { all, record } from './fleet.js';
import { ledgerFailure } from './ledger-errors.js';
import { lineage } from './lineage/lineage.js';
import { digestsFrom, models, report, runs } from './lookups.js';
import { looseDay } from './loose-days.js';
import { monitorPast } from './monitor-past.js';
import { matches, outcomes, unmatchedOutcomes } from './outcomes.js';
import { openPool, type StoresOptions } from './pool.js';
import { appendSegment, keptOtherwise, recordOutcomes } from './prediction-appends.js';
import { days, files, segments, versions } from './prediction-log.js';
import {
  bestRun,
  datasetReports,
  datasetVersion,
  lastGeneration,
  life,
  modelVersion,
  monitorMark,
  promotedVersions,
  run,
  sourceSchemas,
} from './registry.js';
import { verify } from './verify/verify.js';

/** All ports over Postgres, on one pool of connections. */
export interface PostgresStores {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly predictions: PredictionLog;
  readonly fleet: Fleet;
  readonly lookups: Lookups;
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
  await stores.ledger.head().catch(async (error) => {
    if (errorCode(error) === 'LEDGER_UNAVAILABLE') return;
    await pool.end();
    throw error;
  });
  return options.anchoring ? anchored(stores, options.anchoring) : stores;
}

/** What these stores append is anchored, whoever asked for it. */
function anchored(stores: PostgresStores, anchoring: Anchoring): PostgresStores {
  const { ledger, predictions } = stores;
  const keeper = new AnchorKeeper({ ...anchoring, head: ledger.head });
  const seen = <A extends unknown[]>(append: (...given: A) => Promise<Appended>) => {
    return async (...given: A) => {
      const appended = await append(...given);
      keeper.saw(appended);
      return appended;
    };
  };
  const appendAll: Ledger['appendAll'] = async (facts) => {
    const appended = await ledger.appendAll(facts);
    for (const last of appended.slice(-1)) keeper.saw(last);
    return appended;
  };
  return {
    ...stores,
    ledger: { ...ledger, append: seen(ledger.append), appendAll },
    predictions: { ...predictions, appendSegment: seen(predictions.appendSegment) },
    close: async () => {
      await keeper.stop();
      await stores.close();
    },
  };
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
      head: on(head),
      since: on(since),
      lineage: on(lineage),
      verify: on(verify),
      artifacts: () => failing(artifacts(pool)),
    },
    registry: {
      datasetVersion: on(datasetVersion),
      datasetReports: on(datasetReports),
      sourceSchemas: on(sourceSchemas),
      run: on(run),
      bestRun: on(bestRun),
      modelVersion: on(modelVersion),
      lastGeneration: on(lastGeneration),
      promotedVersions: on(promotedVersions),
      monitorMark: on(monitorMark),
      monitorPast: on(monitorPast),
      life: on(life),
    },
    predictions: {
      appendSegment: on(appendSegment),
      segments: on(segments),
      files: on(files),
      looseDay: on(looseDay),
      versions: on(versions),
      days: on(days),
      recordOutcomes: on(recordOutcomes),
      keptOtherwise: on(keptOtherwise),
      outcomes: (of) => failing(outcomes(pool, of)),
      matches: on(matches),
      unmatchedOutcomes: on(unmatchedOutcomes),
    },
    fleet: { record: on(record), all: on(all) },
    lookups: { models: on(models), runs: on(runs), report: on(report), digestsFrom: on(digestsFrom) },
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
