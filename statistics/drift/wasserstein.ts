import { someSortedFinite } from '../finite-values.js';

/**
 * First Wasserstein ("earth mover's") distance ∫ |F − G| dx between two samples, in the unit of the values: how far the
 * average value has moved. [0, 1, 3] against [5, 6, 8] is 5 (scipy `wasserstein_distance`). O(n log n).
 * Missing and infinite values are left out; throws RangeError when a side has none left.
 */
export function wassersteinDistance(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const ref = someSortedFinite(reference, 'the reference');
  const cur = someSortedFinite(current, 'the current sample');
  let distance = 0;
  let previous = Math.min(ref[0]!, cur[0]!);
  for (let i = 0, j = 0; i < ref.length || j < cur.length; ) {
    const next = Math.min(ref[i] ?? Infinity, cur[j] ?? Infinity);
    distance += Math.abs(i / ref.length - j / cur.length) * (next - previous);
    while (ref[i] === next) i += 1;
    while (cur[j] === next) j += 1;
    previous = next;
  }
  return distance;
}
