import { kolmogorovMatrixCdf } from './ks-matrix.js';
import { logGamma } from './special-functions.js';

/**
 * P(Dₙ > d) for the two-sided one-sample Kolmogorov–Smirnov statistic of n values: scipy `kstwo.sf(d, n)`.
 * ksOneSampleSurvival(0.2, 50) = 0.031439. The method by region, after Simard & L'Ecuyer (2011), with scipy's limits:
 * twice the one-sided tail where both sides hardly happen together, Durbin's exact matrix for small n, and
 * Pelz & Good's expansion for larger n (equal to scipy to 1e-8). Throws RangeError when n < 1.
 */
export function ksOneSampleSurvival(d: number, n: number): number {
  if (!(n >= 1)) throw new RangeError(`the size of a sample must be at least 1, not ${n}`);
  if (n * d <= 0.5) return 1;
  if (d >= 1) return 0;
  const tailFrom = n <= 140 ? 4 : 2.2;
  if (d >= 0.5 || n * d * d >= tailFrom) return Math.min(1, 2 * smirnovSurvival(d, n));
  const exactIsCheap = n <= 140 || (n <= 500 && n * d ** 1.5 <= 1.4);
  const cdf = exactIsCheap ? kolmogorovMatrixCdf(d, n) : pelzGoodCdf(d, n);
  return Math.min(1, Math.max(0, 1 - cdf));
}

/**
 * P(Dₙ⁺ > d), one-sided: d Σ_j Binomial(j; n, d + j/n) / (d + j/n), j ≤ n(1 − d). Only positive terms, so the tail is
 * exact to about 1e-10. Source: Birnbaum & Tingey (1951).
 */
function smirnovSurvival(d: number, n: number): number {
  const logFactorialN = logGamma(n + 1);
  let sum = 0;
  for (let j = 0; j <= n * (1 - d); j++) {
    const p = d + j / n;
    const rest = n - j === 0 ? 0 : (n - j) * Math.log1p(-Math.min(p, 1));
    sum += Math.exp(logFactorialN - logGamma(j + 1) - logGamma(n - j + 1) + (j - 1) * Math.log(p) + rest);
  }
  return d * sum;
}

/** P(Dₙ ≤ d) ≈ K₀(z) + K₁(z)/√n + K₂(z)/n + K₃(z)/n^1.5, z = d√n. Source: Pelz & Good (1976), as in scipy. */
function pelzGoodCdf(d: number, n: number): number {
  const z = d * Math.sqrt(n);
  const most = Math.ceil((16 * z) / Math.PI);
  const sums = [0, 0, 0, 0];
  for (let k = 1; k <= most; k++) {
    const term = pelzGoodTerm(z, k);
    for (let order = 0; order < 4; order++) sums[order]! += term[order]!;
  }
  return sums.reduce((sum, value, order) => sum + value / n ** (order / 2), 0);
}

/** The k-th term of K₀ … K₃: the sum over odd integers 2k − 1, and for K₂, K₃ the one over all integers k. */
function pelzGoodTerm(z: number, k: number): [number, number, number, number] {
  const root = Math.sqrt(2 * Math.PI);
  const odd = (Math.PI * (2 * k - 1)) ** 2 / 4;
  const all = (Math.PI * k) ** 2;
  const oddWeight = root * Math.exp(-odd / (2 * z ** 2));
  const allWeight = root * Math.exp(-all / (2 * z ** 2)) * all;
  return [
    oddWeight / z,
    (oddWeight * (odd - z ** 2)) / (6 * z ** 4),
    (oddWeight * secondOrder(z, odd)) / (72 * z ** 7) - allWeight / (36 * z ** 3),
    (oddWeight * thirdOrder(z, odd)) / (6480 * z ** 10) + (allWeight * (3 * z ** 2 - all)) / (216 * z ** 6),
  ];
}

function secondOrder(z: number, odd: number): number {
  return 6 * z ** 6 + 2 * z ** 4 + (2 * z ** 4 - 5 * z ** 2) * odd + (1 - 2 * z ** 2) * odd ** 2;
}

function thirdOrder(z: number, odd: number): number {
  const zeroth = -30 * z ** 6 - 90 * z ** 8;
  const first = (135 * z ** 4 - 96 * z ** 6) * odd;
  const second = (212 * z ** 4 - 60 * z ** 2) * odd ** 2;
  return zeroth + first + second + (5 - 30 * z ** 2) * odd ** 3;
}
