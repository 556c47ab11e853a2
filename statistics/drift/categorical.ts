import { isPresent } from '../../schemas/index.js';
import { chiSquareSurvival } from '../tests/distributions.js';
import { requireSameBins } from './psi.js';

export interface ChiSquareTest {
  statistic: number;
  degreesOfFreedom: number;
  pValue: number;
}

/** How often each category occurs, and how many values are missing (null, or empty). O(n). */
export function countCategories(values: ArrayLike<string | null>): { counts: Map<string, number>; missing: number } {
  const counts = new Map<string, number>();
  let missing = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!isPresent(value)) missing += 1;
    else counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return { counts, missing };
}

/** Counts as shares that sum to 1. Throws RangeError when the counts sum to 0. [1, 3] gives [0.25, 0.75]. */
export function categoryShares(counts: ArrayLike<number>): number[] {
  const total = sum(counts);
  if (!(total > 0)) throw new RangeError('there is no row to take shares of');
  return Array.from(counts, (count) => count / total);
}

/**
 * Pearson's chi-square test that both rows of counts come from one distribution, without Yates' correction:
 * Σ (observed − expected)² / expected with columns − 1 degrees of freedom, as scipy `chi2_contingency(correction=False)`.
 * [241, 59] against [175, 75]: statistic 7.901, 1 degree, p = 0.0049. The counts are of the same categories in the same
 * order; a category that neither side has is left out. Throws RangeError on different lengths or a side without rows.
 */
export function chiSquareContingency(refCounts: ArrayLike<number>, curCounts: ArrayLike<number>): ChiSquareTest {
  requireSameBins(refCounts, curCounts);
  const refShare = sum(refCounts) / (sum(refCounts) + sum(curCounts));
  if (!(refShare > 0 && refShare < 1)) throw new RangeError('both sides need at least one row');
  let statistic = 0;
  let categories = 0;
  for (let i = 0; i < refCounts.length; i++) {
    const column = refCounts[i]! + curCounts[i]!;
    if (column === 0) continue;
    // Both cells of a column miss their expectation by the same amount.
    statistic += (refCounts[i]! - column * refShare) ** 2 / (column * refShare * (1 - refShare));
    categories += 1;
  }
  const degreesOfFreedom = categories - 1;
  return { statistic, degreesOfFreedom, pValue: chiSquareSurvival(statistic, degreesOfFreedom) };
}

function sum(counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  return total;
}
