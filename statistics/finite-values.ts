import { isPresent } from '../schemas/index.js';

/**
 * The values that are there, ascending, as a new array. NaN is how a missing number is written; what is infinite, also to
 * float32, has no distance to anything.
 */
export function sortedFinite(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).filter(isPresent).sort();
}

/** Like `sortedFinite`, but throws RangeError, naming `what`, when nothing is left. */
export function someSortedFinite(values: ArrayLike<number>, what: string): Float64Array {
  const sorted = sortedFinite(values);
  if (sorted.length === 0) throw new RangeError(`${what} has no finite value`);
  return sorted;
}

/** How many of the ascending `sorted` are below `value`: numpy's searchsorted, side "left". O(log n). */
export function countBelow(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
