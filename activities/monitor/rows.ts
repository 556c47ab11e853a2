import type { Column, PredictionRecord } from '../../schemas/index.js';
import { instantMs } from '../../statistics/data-day.js';
import { CategoricalColumn, NumericColumn } from '../../statistics/drift/window-column.js';
import { inJobDirectory } from '../processes/job-directory.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { PredictionLog, UnmatchedOutcomes } from '../stores/prediction-log.js';
import type { Registry } from '../stores/registry.js';
import { type BaselineFile, type VersionBaseline, versionBaseline } from './baseline.js';
import { predictionsOf } from './prediction-lines.js';
import type { Window } from './window.js';

export type ColumnBaseline = BaselineFile['columns'][string];

/** One monitored column while it is read. */
export interface ReadColumn {
  readonly name: string;
  readonly type: Column['type'];
  readonly baseline: ColumnBaseline;
  readonly window: NumericColumn | CategoricalColumn;
}

/** What one version answered in the window: columns, never rows. */
export interface VersionRows {
  readonly version: number;
  /** null when the ledger does not know the version; its rows are only counted */
  readonly baseline: VersionBaseline | null;
  readonly columns: readonly ReadColumn[];
  readonly prediction: NumericColumn;
  rows: number;
  /** true outcomes and, at the same place, what had been predicted */
  readonly outcomes: number[];
  readonly predicted: number[];
}

export interface WindowRows {
  readonly versions: readonly VersionRows[];
  /** lines of the log that are no prediction */
  readonly unreadable: number;
  readonly unmatched: UnmatchedOutcomes;
}

export interface WindowName {
  readonly model: string;
  readonly environment: string;
  readonly window: Window;
}

interface Ports {
  readonly blobs: BlobStore;
  readonly registry: Registry;
  readonly predictions: PredictionLog;
  readonly workDirectory: string;
  readonly signal: AbortSignal;
}

/** A prediction is in the ledger seconds after it was answered, unless the database was away. */
const settledMs = 10 * 60_000;
/** 160 MB of numbers per version, however many columns and rows there are. */
const mostNumbers = 20_000_000;

/** Reads the log once, each version into columns of its own, because which version is judged is known at the end. */
export async function readWindow(ports: Ports, name: WindowName): Promise<WindowRows> {
  const { model, environment, window } = name;
  const segments = await ports.predictions.segments({ model, environment, ...window });
  const { outcomes, repeated } = await ports.predictions.outcomes({ model, environment, ...window });
  const versions = new Map<number, VersionRows>();
  let unreadable = 0;
  const isInWindow = windowTest(name);
  await inJobDirectory(ports.workDirectory, async (directory) => {
    for await (const record of predictionsOf(ports.blobs, segments, directory)) {
      ports.signal.throwIfAborted();
      if (record === null) unreadable += 1;
      if (record === null || !isInWindow(record) || repeated.has(record.predictionId)) continue;
      const rows = versions.get(record.version) ?? (await openVersion(ports, model, record.version));
      versions.set(record.version, rows);
      addRow(rows, record, outcomes.get(record.predictionId));
    }
  });
  const unmatched = await ports.predictions.unmatchedOutcomes({ model, environment }, settledMs);
  return { versions: [...versions.values()], unreadable, unmatched };
}

/** A segment holds whatever the server answered meanwhile: other models, environments and days too. */
function windowTest({ model, environment, window }: WindowName): (record: PredictionRecord) => boolean {
  const [from, to] = [instantMs(window.from), instantMs(window.to)];
  return (record) => {
    if (record.model !== model || record.environment !== environment) return false;
    const at = timeOf(record);
    return at >= from && at < to;
  };
}

/** As the ledger indexes it: a row whose own time is none happened when it was answered. */
function timeOf({ eventAt, at }: PredictionRecord): number {
  const time = instantMs(eventAt);
  return Number.isNaN(time) ? instantMs(at) : time;
}

async function openVersion(ports: Ports, model: string, version: number): Promise<VersionRows> {
  const baseline = await versionBaseline(ports, model, version);
  const columns = baseline === null ? [] : readColumns(baseline);
  const prediction = new NumericColumn(mostKept(1), 'prediction');
  return { version, baseline, columns, prediction, rows: 0, outcomes: [], predicted: [] };
}

function readColumns({ signature, columns }: VersionBaseline): ReadColumn[] {
  const watched = signature.inputs.filter(({ name }) => Object.hasOwn(columns, name));
  return watched.map(({ name, type }) => {
    const baseline = columns[name] as ColumnBaseline;
    return { name, type, baseline, window: emptyColumn(baseline, name, mostKept(watched.length)) };
  });
}

function emptyColumn(baseline: ColumnBaseline, name: string, most: number): ReadColumn['window'] {
  return baseline.kind === 'numeric' ? new NumericColumn(most, name) : new CategoricalColumn(baseline.counts);
}

function mostKept(columns: number): number {
  return Math.max(10_000, Math.min(200_000, Math.floor(mostNumbers / columns)));
}

function addRow(rows: VersionRows, { inputs, output }: PredictionRecord, outcome: number | undefined): void {
  rows.rows += 1;
  rows.prediction.add(output);
  for (const { name, type, window } of rows.columns) {
    const raw = Object.hasOwn(inputs, name) ? (inputs[name] ?? null) : null;
    if (window.kind === 'numeric') window.add(numberOf(raw, type));
    else window.add(raw === null ? null : String(raw));
  }
  if (outcome === undefined) return;
  rows.outcomes.push(outcome);
  rows.predicted.push(output);
}

/** Raw values as the baseline counted them: booleans 0 and 1, times in milliseconds. */
function numberOf(raw: number | string | boolean | null, type: Column['type']): number | null {
  if (typeof raw === 'string') return type === 'timestamp' ? instantMs(raw) : null;
  return raw === null ? null : Number(raw);
}
