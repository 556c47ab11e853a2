import type { Column } from '../../schemas/index.js';
import { logText, type Value } from './column-values.js';

/** One row that the model was packaged with, and its answer: what documentation shows, because it works. */
export interface ExampleRow {
  /** in the order of the signature */
  readonly values: readonly Value[];
  readonly answer: number;
}

/** Of rows `columns[column][row]` the one with the fewest missing values, and of those the shortest. */
export function exampleRow(columns: readonly (readonly Value[])[], answers: readonly number[]): ExampleRow {
  const rows = answers.map((answer, row) => ({ values: columns.map((values) => values[row] ?? null), answer }));
  const missing = ({ values }: ExampleRow) => values.filter((value) => value === null).length;
  const length = ({ values }: ExampleRow) => JSON.stringify(values).length;
  const [best] = rows.toSorted((a, b) => missing(a) - missing(b) || length(a) - length(b));
  return best ?? { values: columns.map(() => null), answer: 0 };
}

/** A value as a request carries it; a time as text, for people. */
export function requestValue({ type }: Column, value: Value): unknown {
  return JSON.parse(logText(type, value));
}
