import { sortedFinite } from '../finite-values.js';
import { countCategories } from './categorical.js';
import { binShares, decileBins } from './psi.js';

/** What monitoring keeps of a numeric training column; plain JSON, at most about 2,050 numbers. */
export interface NumericBaseline {
  kind: 'numeric';
  /** rows with a value */
  count: number;
  /** rows without one (`isPresent`) */
  missing: number;
  /** the distinct deciles, ascending; none when there is no value */
  edges: number[];
  /** the share of values in each of the `edges.length + 1` bins; none when there is no value */
  shares: number[];
  /** ascending, at most 2,000: all values, or evenly spaced order statistics of more */
  sample: number[];
  mean: number;
  /** population standard deviation (divisor n) */
  std: number;
}

/** What monitoring keeps of a categorical training column; plain JSON. */
export interface CategoricalBaseline {
  kind: 'categorical';
  /** rows with a value */
  count: number;
  /** rows without one (`isPresent`) */
  missing: number;
  /** rows of each kept category, the most frequent first */
  counts: Record<string, number>;
  /** rows of all categories that were not kept */
  otherCount: number;
}

const mostSampled = 2000;

/**
 * The baseline of a numeric column. Order statistics stand for the distribution better than a random draw of the same
 * size (each is at most 1/4000 off in rank) and need no seed. O(n log n). Without any value mean and std are 0.
 */
export function describeNumeric(values: ArrayLike<number>): NumericBaseline {
  const sorted = sortedFinite(values);
  const missing = values.length - sorted.length;
  if (sorted.length === 0)
    return { kind: 'numeric', count: 0, missing, edges: [], shares: [], sample: [], mean: 0, std: 0 };
  const edges = decileBins(sorted);
  return {
    kind: 'numeric',
    count: sorted.length,
    missing,
    edges,
    shares: binShares(edges, sorted),
    sample: orderStatistics(sorted),
    ...meanAndDeviation(sorted),
  };
}

/**
 * The baseline of a categorical column: the `maxCategories` most frequent categories (ties by name), the rest as one
 * number, so that an identifier column does not fill the store.
 */
export function describeCategorical(values: ArrayLike<string | null>, maxCategories = 200): CategoricalBaseline {
  const { counts, missing } = countCategories(values);
  const kept = [...counts].sort(byFrequency).slice(0, maxCategories);
  const keptCount = kept.reduce((sum, [, count]) => sum + count, 0);
  const count = values.length - missing;
  return { kind: 'categorical', count, missing, counts: Object.fromEntries(kept), otherCount: count - keptCount };
}

/** The most frequent first, ties by name in code-unit order, which no locale changes. */
export function byFrequency([a, countA]: [string, number], [b, countB]: [string, number]): number {
  if (countA !== countB) return countB - countA;
  return a < b ? -1 : 1;
}

function orderStatistics(sorted: Float64Array): number[] {
  if (sorted.length <= mostSampled) return Array.from(sorted);
  return Array.from({ length: mostSampled }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / mostSampled)]!);
}

function meanAndDeviation(values: Float64Array): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / values.length) };
}
