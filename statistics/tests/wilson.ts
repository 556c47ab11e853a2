const z95 = 1.959963984540054;

/**
 * The 95 % interval of a share, by its score: unlike "± 1.96 standard errors" it stays within [0, 1] and is right for few
 * rows and rare events. 8 of 10 give [0.4902, 0.9433]. Source: E. B. Wilson, JASA 22 (1927). [0, 1] without a row.
 */
export function wilsonInterval(successes: number, rows: number): { low: number; high: number } {
  if (rows === 0) return { low: 0, high: 1 };
  const share = successes / rows;
  const shrunk = 1 + z95 ** 2 / rows;
  const centre = (share + z95 ** 2 / (2 * rows)) / shrunk;
  const half = (z95 / shrunk) * Math.sqrt((share * (1 - share)) / rows + z95 ** 2 / (4 * rows ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** The 95 % interval of a mean of many rows: mean ± 1.96 · deviation / √rows. Mean 10, deviation 2, 100 rows: [9.608, 10.392]. */
export function meanInterval(mean: number, deviation: number, rows: number): { low: number; high: number } {
  const half = rows === 0 ? Number.POSITIVE_INFINITY : (z95 * deviation) / Math.sqrt(rows);
  return { low: mean - half, high: mean + half };
}
