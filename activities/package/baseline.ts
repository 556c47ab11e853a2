import type { Column, Metrics } from '../../schemas/index.js';
import {
  type CategoricalBaseline,
  describeCategorical,
  describeNumeric,
  type NumericBaseline,
} from '../../statistics/drift/column.js';
import type { RawRows } from '../sql/sql-job.js';

/** The package's `baseline.json`: what monitoring compares with. */
export interface BaselineDocument {
  /** of training rows, by input column */
  readonly columns: Record<string, NumericBaseline | CategoricalBaseline>;
  /** of the model's answers on test rows */
  readonly prediction: NumericBaseline;
  /** the metrics on the test split, when it was trained */
  readonly test: Metrics;
}

export function baselineDocument(
  signature: readonly Column[],
  trainingRows: RawRows,
  { predictions, test }: { predictions: Float64Array; test: Metrics },
): BaselineDocument {
  const columns = signature.map((column) => [column.name, columnBaseline(column, trainingRows[column.name] ?? [])]);
  return { columns: Object.fromEntries(columns), prediction: describeNumeric(predictions), test };
}

/** Booleans count as 0 and 1, times as milliseconds. */
function columnBaseline({ type }: Column, values: RawRows[string]): NumericBaseline | CategoricalBaseline {
  if (type !== 'string') return describeNumeric(values.map((value) => (value === null ? Number.NaN : Number(value))));
  return describeCategorical(values.map((value) => (typeof value === 'string' ? value : null)));
}
