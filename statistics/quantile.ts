/**
 * The q-quantile (0 ≤ q ≤ 1) of ascending values, linear between neighbours: Hyndman & Fan (1996) type 7, the default of
 * numpy and R. The quantile 0.5 of [1, 2, 10, 20] is 6. Throws RangeError when there is no value.
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw new RangeError('no value to take a quantile of');
  const position = (sorted.length - 1) * q;
  const index = Math.floor(position);
  const low = sorted[index]!;
  const high = sorted[Math.min(index + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - index);
}
