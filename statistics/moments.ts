export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

export function meanOf(values: ArrayLike<number>): number {
  return sumOf(values) / values.length;
}

/** Of the values as a whole, not as a sample: [2, 4, 4, 4, 5, 5, 7, 9] gives 2. */
export function standardDeviation(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(Float64Array.from(values, (value) => (value - mean) ** 2)));
}
