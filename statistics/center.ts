/** Fewer float32 steps than half of this would lie between most of the values. */
const closeTogether = 2 ** -10;

/** Of a column's values the middle one, and the two that nine in ten lie between. */
export interface Middle {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/**
 * What to take off values in double, so that float32 keeps them apart: the middle one, where most lie close together and
 * far from zero. Seconds since 1970 within one day are 128 apart in float32, and 2⁻⁸ once the middle is taken off. Null
 * where float32 has digits enough.
 */
export function centerOf({ low, middle, high }: Middle): number | null {
  return middle !== 0 && high - low <= closeTogether * Math.abs(middle) ? middle : null;
}
