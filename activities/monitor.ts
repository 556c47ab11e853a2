import type { FactOrigin, MonitorInput, MonitorResult } from '../schemas/index.js';
import { recordWindow } from './monitor/facts.js';
import { judgeWindow } from './monitor/judge.js';
import { readWindow } from './monitor/rows.js';
import { chooseWindows, logThen, type Window } from './monitor/window.js';
import { currentBeat } from './processes/heartbeat.js';
import type { BlobStore } from './stores/blob-store.js';
import type { Ledger } from './stores/ledger.js';
import type { PredictionLog } from './stores/prediction-log.js';
import type { Registry } from './stores/registry.js';

export interface MonitorPorts {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly predictions: PredictionLog;
  /** segments are downloaded here, one at a time */
  readonly workDirectory: string;
}

export interface MonitorActivities {
  /**
   * One window of predictions and true outcomes against the baseline of the version that answered most of it. Leaves one
   * fact and one report; with nothing to look at, neither. The same window with the same log and outcomes gives the same
   * fact.
   */
  monitorWindow(input: MonitorInput, origin: FactOrigin): Promise<MonitorResult>;
}

export function createMonitorActivities(ports: MonitorPorts): MonitorActivities {
  return {
    monitorWindow: async (input, origin) => {
      const [window] = await chooseWindows(ports.predictions, input);
      if (window === undefined) return nothingToLookAt(input, 'No complete data day is left to look at.', null);
      const log = await logThen(ports.predictions, input, window);
      const name = { model: input.model, environment: input.environment, window };
      const rows = await readWindow({ ...ports, signal: currentBeat().signal }, name);
      const { badWindows } = await ports.registry.monitorMark(input, window.from);
      const judged = judgeWindow({ input, window, badWindowsBefore: badWindows, rows, log });
      if (judged === null) return nothingToLookAt(input, 'The window holds no prediction.', window);
      return recordWindow(ports, judged, origin);
    },
  };
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
