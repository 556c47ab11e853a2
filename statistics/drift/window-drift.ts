import type { ColumnDrift, MonitorPolicy } from '../../schemas/index.js';
import { type CategoricalBaseline, categoricalDrift, type NumericBaseline, numericDrift } from './column.js';
import { populationStabilityIndex } from './psi.js';
import type { CategoricalColumn, NumericColumn } from './window-column.js';

export type ColumnPair =
  | { readonly column: string; readonly baseline: NumericBaseline; readonly window: NumericColumn }
  | { readonly column: string; readonly baseline: CategoricalBaseline; readonly window: CategoricalColumn };

/**
 * One column of a window against its baseline. Values that go missing are a shift too, which the values that are left
 * cannot show: the index over "missing" and "there" is taken as well, and the larger of the two is the column's.
 */
export function columnDrift(pair: ColumnPair, policy: MonitorPolicy): ColumnDrift {
  const drift = isNumeric(pair) ? ofNumbers(pair, policy) : ofCategories(pair, policy);
  const missing = missingIndex(pair);
  if (missing <= drift.psi || missing <= policy.psiThreshold || pair.window.rows < policy.minRows) return drift;
  const reason =
    `${percent(drift.missingShare)} of the values are missing, at packaging ${percent(missingBefore(pair))} were ` +
    `(PSI ${missing.toFixed(3)} is above the threshold ${policy.psiThreshold}).`;
  return { ...drift, psi: missing, judged: true, drifted: true, reason };
}

type NumericPair = Extract<ColumnPair, { window: NumericColumn }>;
type CategoricalPair = Extract<ColumnPair, { window: CategoricalColumn }>;

function isNumeric(pair: ColumnPair): pair is NumericPair {
  return pair.window.kind === 'numeric';
}

function ofNumbers({ column, baseline, window }: NumericPair, policy: MonitorPolicy): ColumnDrift {
  const drift = numericDrift(baseline, window.values, policy);
  return {
    column,
    kind: 'numeric',
    psi: drift.psi,
    jensenShannon: drift.jensenShannon,
    ksStatistic: drift.ks.statistic,
    wasserstein: drift.wasserstein,
    chiSquare: null,
    pValue: drift.ks.pValue,
    missingShare: missingShare(window),
    rows: drift.rows,
    judged: drift.judged,
    drifted: drift.drifted,
    reason: drift.reason,
  };
}

function ofCategories({ column, baseline, window }: CategoricalPair, policy: MonitorPolicy): ColumnDrift {
  const drift = categoricalDrift(baseline, countsOf(window), { ...policy, missing: window.missing });
  const unseen = drift.newCategories.filter((category) => category !== pooledName);
  return {
    column,
    kind: 'categorical',
    psi: drift.psi,
    jensenShannon: drift.jensenShannon,
    ksStatistic: null,
    wasserstein: null,
    chiSquare: drift.chiSquare?.statistic ?? null,
    pValue: drift.chiSquare?.pValue ?? null,
    missingShare: missingShare(window),
    rows: drift.rows,
    judged: drift.judged,
    drifted: drift.drifted,
    reason: unseen.length === 0 ? drift.reason : `${drift.reason} ${newText(unseen)}`,
  };
}

/** No category of the baseline has this name: what it stands for is new by definition. */
const pooledName = '\u0000other';

function countsOf({ counts, pooled }: CategoricalColumn): Record<string, number> {
  return Object.fromEntries(pooled === 0 ? counts : [...counts, [pooledName, pooled]]);
}

/** How many alone: a reason travels in messages, and categories are values of the data. The page of the report shows them. */
const newText = ({ length }: readonly string[]): string =>
  length === 1 ? 'There is a new category.' : `There are ${length} new categories.`;

function missingIndex(pair: ColumnPair): number {
  const [before, now] = [missingBefore(pair), missingShare(pair.window)];
  return populationStabilityIndex([before, 1 - before], [now, 1 - now]);
}

function missingBefore({ baseline: { count, missing } }: ColumnPair): number {
  return count + missing === 0 ? 0 : missing / (count + missing);
}

function missingShare({ missing, rows }: { missing: number; rows: number }): number {
  return rows === 0 ? 0 : missing / rows;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
