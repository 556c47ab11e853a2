import { sortedFinite } from '../finite-values.js';
import { kolmogorovSmirnov } from '../tests/kolmogorov-smirnov.js';
import { byFrequency, type CategoricalBaseline, type NumericBaseline } from './baseline.js';
import { categoryShares, chiSquareContingency, countCategories } from './categorical.js';
import { jensenShannonDistance } from './distances.js';
import { binShares, populationStabilityIndex } from './psi.js';
import { wassersteinDistance } from './wasserstein.js';

export {
  type CategoricalBaseline,
  describeCategorical,
  describeNumeric,
  type NumericBaseline,
} from './baseline.js';

/**
 * When a column counts as drifted. The index is an effect size; p-values are reported but decide nothing, because with
 * enough rows every harmless difference is significant. Measured without any drift: at 250 rows a PSI above 0.1 is seen
 * in 19 % of windows, at 2,000 rows in none, while a KS test at 5 % goes on raising 5 % false alarms at any size.
 */
export interface DriftPolicy {
  /** drifted above this PSI; 0.2 is the usual "significant shift" (Siddiqi, 2006) */
  psiThreshold?: number;
  /** below this many values there is no verdict */
  minRows?: number;
}

export interface NumericDrift {
  kind: 'numeric';
  /** current rows with a value: what the distances are of */
  rows: number;
  /** of all current rows, from 0 to 1 */
  missingShare: number;
  psi: number;
  ks: { statistic: number; pValue: number };
  jensenShannon: number;
  /** in the unit of the column */
  wasserstein: number;
  /** in standard deviations of the baseline (at least 0.001) */
  wassersteinNormed: number;
  /** whether there are enough values on both sides to say anything */
  judged: boolean;
  drifted: boolean;
  /** a plain sentence */
  reason: string;
}

export interface CategoricalDrift {
  kind: 'categorical';
  /** current rows with a value: what the distances are of */
  rows: number;
  /** of all current rows, from 0 to 1 */
  missingShare: number;
  psi: number;
  /** null when there are fewer than two categories */
  chiSquare: { statistic: number; pValue: number } | null;
  jensenShannon: number;
  /** at most 20, the most frequent first; none when the baseline does not list all its categories */
  newCategories: string[];
  /** whether there are enough values on both sides to say anything */
  judged: boolean;
  drifted: boolean;
  /** a plain sentence */
  reason: string;
}

const mostNewCategories = 20;

/**
 * Compares current values of a numeric column with its baseline. PSI and Jensen–Shannon are over the baseline's deciles;
 * KS and Wasserstein are against its sample, so the p-value is on the safe side when the baseline had more than 2,000
 * rows. NaN and ±Infinity are missing. Never throws on data: with no value on a side all distances are 0, p is 1.
 */
export function numericDrift(
  baseline: NumericBaseline,
  values: ArrayLike<number>,
  policy: DriftPolicy = {},
): NumericDrift {
  const current = sortedFinite(values);
  const sizes = { baseline: baseline.count, rows: current.length, all: values.length };
  const distances = sizes.baseline > 0 && sizes.rows > 0 ? numericDistances(baseline, current) : noNumericDistance;
  return {
    kind: 'numeric',
    rows: sizes.rows,
    missingShare: missingShare(sizes),
    ...distances,
    ...judge(distances.psi, sizes, policy),
  };
}

/**
 * Compares current values, or counts per category, of a categorical column with its baseline. Categories the baseline
 * does not list count as one. `missing` adds rows without a value to `counts`. Never throws on data: with no value on a
 * side all distances are 0.
 */
export function categoricalDrift(
  baseline: CategoricalBaseline,
  current: readonly (string | null)[] | Readonly<Record<string, number>>,
  { missing: extraMissing = 0, ...policy }: DriftPolicy & { missing?: number } = {},
): CategoricalDrift {
  const { counts, missing } = isValues(current)
    ? countCategories(current)
    : { counts: new Map(Object.entries(current)), missing: 0 };
  const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const sizes = { baseline: baseline.count, rows, all: rows + missing + extraMissing };
  const distances = sizes.baseline > 0 && rows > 0 ? categoricalDistances(baseline, counts) : noCategoricalDistance;
  return {
    kind: 'categorical',
    rows,
    missingShare: missingShare(sizes),
    ...distances,
    newCategories: newCategories(baseline, counts),
    ...judge(distances.psi, sizes, policy),
  };
}

const noNumericDistance = {
  psi: 0,
  ks: { statistic: 0, pValue: 1 },
  jensenShannon: 0,
  wasserstein: 0,
  wassersteinNormed: 0,
};

function numericDistances(baseline: NumericBaseline, current: Float64Array): typeof noNumericDistance {
  const shares = binShares(baseline.edges, current);
  const { statistic, pValue } = kolmogorovSmirnov(baseline.sample, current);
  const wasserstein = wassersteinDistance(baseline.sample, current);
  return {
    psi: populationStabilityIndex(baseline.shares, shares),
    ks: { statistic, pValue },
    jensenShannon: jensenShannonDistance(baseline.shares, shares),
    wasserstein,
    wassersteinNormed: wasserstein / Math.max(baseline.std, 0.001),
  };
}

type CategoricalDistances = Pick<CategoricalDrift, 'psi' | 'chiSquare' | 'jensenShannon'>;

const noCategoricalDistance: CategoricalDistances = { psi: 0, chiSquare: null, jensenShannon: 0 };

function categoricalDistances(baseline: CategoricalBaseline, counts: Map<string, number>): CategoricalDistances {
  const [refCounts, curCounts] = alignedCounts(baseline, counts);
  const refShares = categoryShares(refCounts);
  const curShares = categoryShares(curCounts);
  const { statistic, pValue, degreesOfFreedom } = chiSquareContingency(refCounts, curCounts);
  return {
    psi: populationStabilityIndex(refShares, curShares),
    chiSquare: degreesOfFreedom === 0 ? null : { statistic, pValue },
    jensenShannon: jensenShannonDistance(refShares, curShares),
  };
}

/** Counts of the baseline's categories on both sides, in one order, and last of everything else. */
function alignedCounts(baseline: CategoricalBaseline, counts: Map<string, number>): [number[], number[]] {
  const listed = Object.entries(baseline.counts);
  const current = listed.map(([category]) => counts.get(category) ?? 0);
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const other = all - current.reduce((sum, count) => sum + count, 0);
  return [
    [...listed.map(([, count]) => count), baseline.otherCount],
    [...current, other],
  ];
}

function newCategories(baseline: CategoricalBaseline, counts: Map<string, number>): string[] {
  if (baseline.otherCount > 0) return [];
  const unseen = [...counts].filter(([category, count]) => count > 0 && !Object.hasOwn(baseline.counts, category));
  return unseen
    .sort(byFrequency)
    .slice(0, mostNewCategories)
    .map(([category]) => category);
}

function isValues(
  current: readonly (string | null)[] | Readonly<Record<string, number>>,
): current is readonly (string | null)[] {
  return Array.isArray(current);
}

interface Sizes {
  baseline: number;
  rows: number;
  all: number;
}

function missingShare({ rows, all }: Sizes): number {
  return all === 0 ? 0 : (all - rows) / all;
}

function judge(
  psi: number,
  { baseline, rows, all }: Sizes,
  { psiThreshold = 0.2, minRows = 1000 }: DriftPolicy,
): { judged: boolean; drifted: boolean; reason: string } {
  const index = psi.toFixed(3);
  const unjudged = (reason: string) => ({ judged: false, drifted: false, reason });
  if (baseline === 0) return unjudged('The baseline has no value to compare with.');
  if (all === 0) return unjudged('There is no current row.');
  if (rows === 0) return unjudged(`All ${all} current rows are missing a value.`);
  if (rows < minRows) return unjudged(`Only ${rows} of ${minRows} needed rows have a value (PSI ${index}).`);
  const drifted = psi > psiThreshold;
  const reason = `PSI ${index} is ${drifted ? '' : 'not '}above the threshold ${psiThreshold}.`;
  return { judged: true, drifted, reason };
}
