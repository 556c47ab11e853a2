import type { CheckedMonitorInput, FactOrigin, MonitorResult } from '../schemas/index.js';
import { whyNoneIsDue } from '../statistics/due-days.js';
import { actingOf } from './monitor/acting.js';
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
   * fact and the same page. `madeAt`: when the look was asked for, for the page.
   */
  monitorWindow(input: CheckedMonitorInput, origin: FactOrigin, madeAt?: string): Promise<MonitorResult>;
}

/** A prediction is in the ledger within a minute of its answer, unless the database was away. */
const settledMs = 10 * 60_000;

/** this one and those before it */
const trendWindows = 30;

export function createMonitorActivities(ports: MonitorPorts): MonitorActivities {
  return {
    monitorWindow: async (input, origin, madeAt) => {
      const [window] = await chooseWindows(ports.predictions, input);
      if (window === undefined) return nothingToLookAt(input, whyNoneIsDue(await ports.predictions.days(input)), null);
      const { logged, ...circumstances } = await circumstancesOf(ports, input, window);
      const { model, environment } = input;
      const judging = { ...ports, signal: currentBeat().signal };
      const judged = await judgeInProcess(judging, { model, environment, ...window, circumstances });
      if (judged === null) return nothingToLookAt(input, 'The window holds no prediction.', window);
      const told = { ...(await toldBesides(ports, input, window)), madeAt: madeAt ?? null };
      return recordWindow(ports, { ...judged, ...told, window, logged }, origin);
    },
  };
}

/** All that a window is judged by beside its rows, as it is before they are read. */
async function circumstancesOf({ predictions, registry }: MonitorPorts, input: CheckedMonitorInput, window: Window) {
  const { logged, leftOut } = await logThen(predictions, input, window);
  const { badWindows } = await registry.monitorMark(input, window.from);
  const unmatched = await predictions.unmatchedOutcomes(input, settledMs);
  return { policy: input.policy, badWindowsBefore: badWindows, leftOut, unmatched, logged };
}

/** The windows before, as many as a trend shows, and who acts on the verdict. */
async function toldBesides({ registry }: MonitorPorts, { model, environment }: CheckedMonitorInput, { from }: Window) {
  const past = await registry.monitorPast({ model, environment }, { before: from, most: trendWindows - 1 });
  return { past, acting: actingOf(await registry.life(model)) };
}

function nothingToLookAt(
  { model, environment }: CheckedMonitorInput,
  reason: string,
  window: Window | null,
): MonitorResult {
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
