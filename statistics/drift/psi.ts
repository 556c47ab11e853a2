import { countBelow, someSortedFinite } from '../finite-values.js';
import { quantile } from '../quantile.js';

/** The least share the index sees: an empty bin would make it infinite. */
const leastShare = 1e-4;

/**
 * The distinct deciles of a reference: up to 9 ascending edges, fewer with ties. k edges make k + 1 bins; a value equal
 * to an edge belongs to the bin below it. Throws RangeError when no value is finite.
 * The deciles of 0, 1, …, 10 are 1, 2, …, 9; a constant 5 has the one edge 5.
 */
export function decileBins(reference: ArrayLike<number>): number[] {
  const sorted = someSortedFinite(reference, 'the reference');
  const deciles = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth) => quantile(sorted, tenth / 10));
  return [...new Set(deciles)];
}

/**
 * The share of values in each of the `edges.length + 1` bins; they sum to 1. Missing and infinite values are left out.
 * Throws RangeError when none is left. `binShares([5], [4, 5, 6, 7])` is [0.5, 0.5].
 */
export function binShares(edges: ArrayLike<number>, values: ArrayLike<number>): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    counts[countBelow(edges, value)]! += 1;
    total += 1;
  }
  if (total === 0) throw new RangeError('the values to bin have no finite value');
  return counts.map((count) => count / total);
}

/**
 * Population stability index, Σ (cur − ref) · ln(cur / ref) over bins, each share raised to at least 1e-4 and not
 * normalised again. 0 is no shift; by convention up to 0.1 is small and above 0.2 a significant shift.
 * Shares [0.5, 0.5] against [0.25, 0.75]: −0.25·ln 0.5 + 0.25·ln 1.5 = 0.2747. Symmetric in its arguments.
 * Source: N. Siddiqi, Credit Risk Scorecards (2006). Throws RangeError on different numbers of bins.
 */
export function populationStabilityIndex(refShares: ArrayLike<number>, curShares: ArrayLike<number>): number {
  requireSameBins(refShares, curShares);
  let sum = 0;
  for (let i = 0; i < refShares.length; i++) {
    const ref = Math.max(refShares[i]!, leastShare);
    const cur = Math.max(curShares[i]!, leastShare);
    sum += (cur - ref) * Math.log(cur / ref);
  }
  return sum;
}

/** Throws RangeError when two lists of shares are not over the same number of bins. */
export function requireSameBins(refShares: ArrayLike<number>, curShares: ArrayLike<number>): void {
  if (refShares.length === curShares.length) return;
  throw new RangeError(`shares over ${refShares.length} and ${curShares.length} bins cannot be compared`);
}
