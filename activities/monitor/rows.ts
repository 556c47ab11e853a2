import type { Column } from '../../schemas/index.js';
import { CategoricalColumn, NumericColumn } from '../../statistics/drift/window-column.js';
import { type LoggedWindow, type RawValue, readWindow, type WatchedColumn } from '../sql/jobs/window.js';
import type { BaselineFile, VersionBaseline } from './baseline.js';

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
  readonly baseline: VersionBaseline;
  readonly columns: readonly ReadColumn[];
  readonly prediction: NumericColumn;
  /** true outcomes and, at the same place, what had been predicted */
  readonly outcomes: readonly number[];
  readonly predicted: readonly number[];
}

/** 160 MB of numbers, however many columns and rows there are. */
const mostNumbers = 20_000_000;

export async function readVersion(asked: LoggedWindow, baseline: VersionBaseline): Promise<VersionRows> {
  const columns = readColumns(baseline);
  const prediction = new NumericColumn(mostKept(1), 'prediction');
  const outcomes: number[] = [];
  const predicted: number[] = [];
  await readWindow(asked, {
    version: baseline.version,
    columns: columns.map(watched),
    addOutput: (output) => prediction.add(output),
    addOutcome: (outcome, output) => {
      outcomes.push(outcome);
      predicted.push(output);
    },
  });
  return { baseline, columns, prediction, outcomes, predicted };
}

function readColumns({ signature, columns }: VersionBaseline): ReadColumn[] {
  const inputs = signature.inputs.filter(({ name }) => Object.hasOwn(columns, name));
  return inputs.map(({ name, type }) => {
    const baseline = columns[name] as ColumnBaseline;
    return { name, type, baseline, window: emptyColumn(baseline, name, mostKept(inputs.length)) };
  });
}

function emptyColumn(baseline: ColumnBaseline, name: string, most: number): ReadColumn['window'] {
  return baseline.kind === 'numeric' ? new NumericColumn(most, name) : new CategoricalColumn(baseline.counts);
}

function mostKept(columns: number): number {
  return Math.max(10_000, Math.min(200_000, Math.floor(mostNumbers / columns)));
}

function watched({ name, type, window }: ReadColumn): WatchedColumn {
  if (window.kind === 'numeric')
    return { name, type, as: 'numbers', add: (value: RawValue) => window.add(value === null ? null : Number(value)) };
  return { name, type, as: 'texts', add: (value: RawValue) => window.add(value === null ? null : String(value)) };
}
