import type { FactOrigin, MonitorInput, MonitorResult } from '../schemas/index.js';
import { whyNoneIsDue } from '../statistics/due-days.js';
import { recordWindow } from './monitor/facts.js';
import { judgeInProcess } from './monitor/monitor-process.js';
import { chooseWindows, logThen, type Window } from './monitor/window.js';
import { currentBeat } from './processes/heartbeat.js';
import type { SqlLimits } from './sql/sql-job.js';
import type { BlobStore } from './stores/blob-store.js';
import type { Ledger } from './stores/ledger.js';
import type { PredictionLog } from './stores/prediction-log.js';
import type { Registry } from './stores/registry.js';

export interface MonitorPorts {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly predictions: PredictionLog;
  /** the window's segments are downloaded here */
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

export interface MonitorActivities {
  /**
   * One window of predictions and true outcomes against the baseline of the version that answered most of it. Leaves one
   * fact and one report; with nothing to look at, neither. The same window with the same log and outcomes gives the same
   * fact.
   */
  monitorWindow(input: MonitorInput, origin: FactOrigin): Promise<MonitorResult>;
}

/** A prediction is in the ledger within a minute of its answer, unless the database was away. */
const settledMs = 10 * 60_000;

export function createMonitorActivities(ports: MonitorPorts): MonitorActivities {
  return {
    monitorWindow: async (input, origin) => {
      const [window] = await chooseWindows(ports.predictions, input);
      if (window === undefined) return nothingToLookAt(input, whyNoneIsDue(await ports.predictions.days(input)), null);
      const { logged, ...circumstances } = await circumstancesOf(ports, input, window);
      const { model, environment } = input;
      const judging = { ...ports, signal: currentBeat().signal };
      const judged = await judgeInProcess(judging, { model, environment, ...window, circumstances });
      if (judged === null) return nothingToLookAt(input, 'The window holds no prediction.', window);
      return recordWindow(ports, { ...judged, window, logged }, origin);
    },
  };
}

/** All that a window is judged by beside its rows, as it is before they are read. */
async function circumstancesOf({ predictions, registry }: MonitorPorts, input: MonitorInput, window: Window) {
  const { logged, leftOut } = await logThen(predictions, input, window);
  const { badWindows } = await registry.monitorMark(input, window.from);
  const unmatched = await predictions.unmatchedOutcomes(input, settledMs);
  return { policy: input.policy, badWindowsBefore: badWindows, leftOut, unmatched, logged };
}

function nothingToLookAt({ model, environment }: MonitorInput, reason: string, window: Window | null): MonitorResult {
  return {
    model,
    environment,
    version: null,
    window,
    predictions: 0,
    outcomes: 0,
    drift: [],
    driftedColumns: [],
    quality: null,
    calibrationGap: null,
    dataQuality: [],
    verdict: 'nothingToLookAt',
    reasons: [reason],
    badWindows: 0,
    retrainAsked: false,
    report: null,
  };
}
