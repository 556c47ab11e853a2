import type { Column } from '../../schemas/index.js';
import type { BaselineDocument } from './baseline.js';

type Value = number | string | boolean;

/** Fewer rows than this say who they are. */
const commonRows = 20;
const mostCharacters = 60;
const dayMs = 86_400_000;

/**
 * A row that nobody was: what documentation shows on a port that may be open to all. Numbers are the rounded medians of the
 * training rows, times are whole days, text is the commonest category where it is a common one.
 */
export function madeUpRow(signature: readonly Column[], { columns }: Pick<BaselineDocument, 'columns'>): Value[] {
  return signature.map((column) => madeUpValue(column, columns[column.name]));
}

function madeUpValue({ type }: Column, baseline: BaselineDocument['columns'][string] | undefined): Value {
  if (baseline?.kind === 'categorical') return commonestOf(baseline.counts);
  const median = baseline?.sample[Math.floor(baseline.sample.length / 2)] ?? 0;
  switch (type) {
    case 'number':
      return Number(median.toPrecision(2));
    case 'integer':
      return Math.round(Number(median.toPrecision(2)));
    case 'boolean':
      return median >= 0.5;
    case 'timestamp':
      return Math.floor(median / dayMs) * dayMs;
    case 'string':
      return anyText;
  }
}

const anyText = 'text';

function commonestOf(counts: Record<string, number>): string {
  const [commonest, rows] = Object.entries(counts).toSorted((one, other) => other[1] - one[1])[0] ?? [anyText, 0];
  return rows >= commonRows && commonest.length <= mostCharacters ? commonest : anyText;
}
