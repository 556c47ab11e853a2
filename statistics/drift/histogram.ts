import { sortedFinite } from '../finite-values.js';

/** Shares of the rows that have a value; `baseline` is 0 where there is nothing to compare with. */
export interface Shares {
  readonly baseline: number;
  readonly window: number;
}

/** Bins of one width on a real axis: bin i holds the values from `from + i · width` on, up to the next. */
export interface Histogram {
  readonly from: number;
  readonly width: number;
  readonly bins: readonly Shares[];
  /** what lies outside: of a long tail no more than 1 %, so that the axis shows where the rows are */
  readonly below: Shares;
  readonly above: Shares;
}

const aboutBins = 24;
const tail = 0.005;
/** what is further out lies in a tail: sums with such numbers would be infinite */
const furthest = 1e300;

/**
 * Both sides over the same bins, whose width is 1, 2 or 5 times a power of ten, so that a person can read the axis; null when
 * a side has no value. Whole numbers have bins of whole width. [0, 1, …, 100] on both sides: 21 bins of width 5, from 0.
 */
export function pairedHistogram(baseline: ArrayLike<number>, window: ArrayLike<number>): Histogram | null {
  const sides = [sortedFinite(baseline), sortedFinite(window)] as const;
  if (sides[0].length === 0 || sides[1].length === 0) return null;
  const axis = axisOf(sides);
  const [before, now] = sides.map((values) => sharesIn(axis, values)) as [number[], number[]];
  const shares = before.map((share, i) => ({ baseline: share, window: now[i]! }));
  return { from: axis.from, width: axis.width, bins: shares.slice(1, -1), below: shares[0]!, above: shares.at(-1)! };
}

/** One side alone: `baseline` is 0 everywhere. */
export function histogram(values: ArrayLike<number>): Histogram | null {
  const found = pairedHistogram(values, values);
  if (found === null) return null;
  const alone = ({ window }: Shares): Shares => ({ baseline: 0, window });
  return { ...found, bins: found.bins.map(alone), below: alone(found.below), above: alone(found.above) };
}

interface Axis {
  readonly from: number;
  readonly width: number;
  readonly count: number;
}

function axisOf(sides: readonly Float64Array[]): Axis {
  const low = Math.max(-furthest, Math.min(...sides.map((values) => values[Math.floor(tail * (values.length - 1))]!)));
  const high = Math.min(
    furthest,
    Math.max(...sides.map((values) => values[Math.ceil((1 - tail) * (values.length - 1))]!)),
  );
  const nice = niceWidth(high / aboutBins - low / aboutBins, Math.max(Math.abs(low), Math.abs(high)));
  const width = sides.every((values) => values.every(Number.isInteger)) ? Math.max(1, nice) : nice;
  const from = Math.floor(low / width + 1e-9) * width;
  return { from, width, count: Math.floor(high / width - from / width + 1e-9) + 1 };
}

/** The next of 1, 2, 5 × 10ⁿ; of a constant, a hundredth of its size. */
function niceWidth(least: number, size: number): number {
  const wanted = least > size * 1e-9 ? least : (size || 1) / 100;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((factor) => factor * power).find((width) => width >= wanted * (1 - 1e-9)) ?? wanted;
}

/** Below the axis, each bin, above the axis. */
function sharesIn({ from, width, count }: Axis, values: Float64Array): number[] {
  const counts = new Array<number>(count + 2).fill(0);
  for (const value of values) {
    const bin = Math.floor(value / width - from / width + 1e-9);
    counts[bin < 0 ? 0 : Math.min(bin, count) + 1]! += 1;
  }
  return counts.map((rows) => rows / values.length);
}
