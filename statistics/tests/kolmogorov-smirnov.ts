import { someSortedFinite } from '../finite-values.js';
import { ksOneSampleSurvival } from './ks-asymptotic.js';
import { greatestCommonDivisor, ksExactSurvival } from './ks-exact.js';

/** Above this size the exact p-value would cost more than it tells; scipy's own limit. */
const mostForExact = 10_000;

export interface KolmogorovSmirnov {
  /** D = max |F − G|, from 0 to 1 */
  statistic: number;
  /** two-sided */
  pValue: number;
  method: 'exact' | 'asymptotic';
}

/**
 * Two-sample Kolmogorov–Smirnov test, as scipy `ks_2samp`: exact up to 10,000 values a side, above that the distribution
 * of the one-sample D for round(nm / (n + m)) values. [1, 2, 3, 4] against [3, 4, 5, 6]: D = 0.5, p = 0.771.
 * With ties the p-value is conservative. O(n log n) and, when exact, O(n · m · D).
 * Missing and infinite values are left out; throws RangeError when a side has none left.
 */
export function kolmogorovSmirnov(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  method: 'auto' | 'exact' | 'asymptotic' = 'auto',
): KolmogorovSmirnov {
  const ref = someSortedFinite(reference, 'the reference');
  const cur = someSortedFinite(current, 'the current sample');
  const steps = largestGap(ref, cur);
  const statistic = steps / leastCommonMultiple(ref.length, cur.length);
  const long = Math.max(ref.length, cur.length);
  const short = Math.min(ref.length, cur.length);
  if (method === 'exact' || (method === 'auto' && long <= mostForExact))
    return { statistic, pValue: ksExactSurvival({ long, short, steps }), method: 'exact' };
  const size = Math.max(1, roundHalfEven((long * short) / (long + short)));
  return { statistic, pValue: ksOneSampleSurvival(statistic, size), method: 'asymptotic' };
}

/** max |F − G| in units of 1 / lcm, a whole number, so that equal gaps compare equal. */
function largestGap(ref: Float64Array, cur: Float64Array): number {
  const shared = greatestCommonDivisor(ref.length, cur.length);
  const refStep = cur.length / shared;
  const curStep = ref.length / shared;
  let gap = 0;
  for (let i = 0, j = 0; i < ref.length && j < cur.length; ) {
    const value = Math.min(ref[i]!, cur[j]!);
    while (ref[i] === value) i += 1;
    while (cur[j] === value) j += 1;
    gap = Math.max(gap, Math.abs(i * refStep - j * curStep));
  }
  return gap;
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}

/** As numpy rounds: 2.5 to 2, 3.5 to 4. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
