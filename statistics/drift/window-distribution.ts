import type { CategoricalBaseline, NumericBaseline } from './baseline.js';
import { byFrequency } from './baseline.js';
import { type Histogram, pairedHistogram, type Shares } from './histogram.js';

/** One category on both sides, as shares of the rows that have a value. */
export interface CategoryShares extends Shares {
  readonly label: string;
}

/** All categories that are not shown alone. */
export interface OtherCategories extends Shares {
  readonly categories: number;
  /** whether there may be more of them, because neither side told all apart */
  readonly orMore: boolean;
}

/** How a column was spread at packaging and in the window. */
export type Spread =
  | { readonly kind: 'histogram'; readonly histogram: Histogram }
  | { readonly kind: 'categories'; readonly shown: readonly CategoryShares[]; readonly others: OtherCategories | null };

const mostCategories = 10;
/** of numbers: so few are told one by one */
const mostNumbers = 8;

/** Null when a side has no value. Numbers of which there are few, like 0 and 1 or the days of a week, are categories. */
export function numericSpread(baseline: NumericBaseline, values: ArrayLike<number>): Spread | null {
  const histogram = pairedHistogram(baseline.sample, values);
  if (histogram === null) return null;
  const [before, now] = [countsOf(baseline.sample), countsOf(values)];
  const numbers = [...new Set([...before.keys(), ...now.keys()])].sort((a, b) => a - b);
  if (numbers.length > mostNumbers) return { kind: 'histogram', histogram };
  const [rowsBefore, rowsNow] = [before, now].map(sumOf) as [number, number];
  const shown = numbers.map((number) => ({
    label: String(number),
    baseline: (before.get(number) ?? 0) / rowsBefore,
    window: (now.get(number) ?? 0) / rowsNow,
  }));
  return { kind: 'categories', shown, others: null };
}

function countsOf(values: ArrayLike<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length && counts.size <= mostNumbers; i++)
    if (Number.isFinite(values[i])) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + 1);
  return counts;
}

const sumOf = (counts: ReadonlyMap<unknown, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);

/** The categories that are most frequent on either side, the rest counted as one; null when a side has no value. */
export function categoricalSpread(
  baseline: CategoricalBaseline,
  counts: ReadonlyMap<string, number>,
  pooled = 0,
): Spread | null {
  const rows = sumOf(counts) + pooled;
  if (baseline.count === 0 || rows === 0) return null;
  const before = new Map(Object.entries(baseline.counts));
  const all = [...new Set([...before.keys(), ...counts.keys()])].map((label) => ({
    label,
    baseline: (before.get(label) ?? 0) / baseline.count,
    window: (counts.get(label) ?? 0) / rows,
  }));
  all.sort((a, b) => byFrequency([a.label, a.baseline + a.window], [b.label, b.baseline + b.window]));
  const [shown, rest] = [all.slice(0, mostCategories), all.slice(mostCategories)];
  const orMore = baseline.otherCount > 0 || pooled > 0;
  if (rest.length === 0 && !orMore) return { kind: 'categories', shown, others: null };
  return { kind: 'categories', shown, others: { categories: rest.length, orMore, ...restOf(shown) } };
}

function restOf(shown: readonly Shares[]): Shares {
  const left = (side: 'baseline' | 'window') => Math.max(0, 1 - shown.reduce((sum, bin) => sum + bin[side], 0));
  return { baseline: left('baseline'), window: left('window') };
}
