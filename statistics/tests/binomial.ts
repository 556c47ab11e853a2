import { logGamma } from './special-functions.js';

/** Terms below this share of the sum no longer change it. */
const negligible = 1e-17;

/**
 * P(K ≥ k) for K of Binomial(n, p): how often chance alone gives so many of n. Summed away from the mean, so that a small
 * tail keeps its digits. P(K ≥ 3) for n = 20, p = 0.01 is 0.00100.
 */
export function binomialTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  if (p >= 1) return 1;
  return k > n * p ? sumFrom(k, 1, { n, p }) : 1 - sumFrom(k - 1, -1, { n, p });
}

/** The smallest k with P(K ≥ k) < alpha: so many are more than chance gives. 3 for n = 20, p = 0.01, alpha = 0.01. */
export function tellingCount(n: number, p: number, alpha: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  let k = Math.min(n, Math.ceil(n * p + 10 * spread + 20));
  for (let tail = 0; k >= 0; k--) {
    tail += probability(k, { n, p });
    if (tail >= alpha * (1 - 1e-9)) break; // 0.01 of one is not fewer than 0.01, however it is rounded
  }
  return k + 1;
}

interface Binomial {
  readonly n: number;
  readonly p: number;
}

function sumFrom(k: number, direction: 1 | -1, of: Binomial): number {
  let sum = 0;
  for (let i = k; i >= 0 && i <= of.n; i += direction) {
    const term = probability(i, of);
    sum += term;
    if (term <= sum * negligible) break;
  }
  return Math.min(1, sum);
}

function probability(k: number, { n, p }: Binomial): number {
  const ways = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  return Math.exp(ways + k * Math.log(p) + (n - k) * Math.log1p(-p));
}
