/** The first number that float32, in which models compute, rounds to infinity; everything from here on is missing. */
export const firstTooLarge = 3.4028235677973366e38;

/**
 * Whether a raw value is there. Null, NaN, infinity, a number beyond float32 and the empty text are not, in every stage alike:
 * `collect` makes nulls of them, so that later stages know null alone; what did not come through `collect` is asked here.
 */
export function isPresent<T extends number | string | boolean>(value: T | null | undefined): value is T {
  if (typeof value === 'number') return Math.abs(value) < firstTooLarge;
  return value !== null && value !== undefined && value !== '';
}
