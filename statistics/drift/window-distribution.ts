import type { CategoricalBaseline, NumericBaseline } from './baseline.js';
import { byFrequency } from './baseline.js';
import { binShares } from './psi.js';

/** One bin of a column on both sides, as shares of the rows that have a value. */
export interface Bin {
  readonly label: string;
  readonly baseline: number;
  readonly window: number;
}

const mostCategories = 11;

/** The bins the index is taken over; none when a side has no value. Each is named by its upper edge, which it includes. */
export function numericBins(baseline: NumericBaseline, values: ArrayLike<number>): Bin[] {
  if (baseline.count === 0 || !Array.prototype.some.call(values, Number.isFinite)) return [];
  const window = binShares(baseline.edges, values);
  return window.map((share, i) => ({
    label: edgeLabel(baseline.edges, i),
    baseline: baseline.shares[i] ?? 0,
    window: share,
  }));
}

/** The categories that are most frequent on either side, the rest as one; none when a side has no value. */
export function categoricalBins(baseline: CategoricalBaseline, counts: ReadonlyMap<string, number>, pooled = 0): Bin[] {
  const rows = [...counts.values()].reduce((sum, count) => sum + count, pooled);
  if (baseline.count === 0 || rows === 0) return [];
  const before = new Map(Object.entries(baseline.counts));
  const bins = [...new Set([...before.keys(), ...counts.keys()])].map((label) => ({
    label,
    baseline: (before.get(label) ?? 0) / baseline.count,
    window: (counts.get(label) ?? 0) / rows,
  }));
  const byShare = bins.sort((a, b) => byFrequency([a.label, a.baseline + a.window], [b.label, b.baseline + b.window]));
  const rest = restOf(byShare.slice(0, mostCategories));
  return [...byShare.slice(0, mostCategories), ...(rest.baseline + rest.window > 1e-9 ? [rest] : [])];
}

function restOf(shown: readonly Bin[]): Bin {
  const left = (side: 'baseline' | 'window') => Math.max(0, 1 - shown.reduce((sum, bin) => sum + bin[side], 0));
  return { label: 'all others', baseline: left('baseline'), window: left('window') };
}

function edgeLabel(edges: readonly number[], index: number): string {
  const edge = edges[index];
  return edge === undefined ? `> ${shortNumber(edges.at(-1) ?? 0)}` : `≤ ${shortNumber(edge)}`;
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
