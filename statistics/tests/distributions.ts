import { upperIncompleteGamma } from './special-functions.js';

/**
 * P(X > x) for chi-square with `degreesOfFreedom` ≥ 0 (0 degrees is the constant 0). chiSquareSurvival(3.84, 1) = 0.05004.
 * The survival functions here compute the tail itself, never 1 − cdf, so 1e-37 comes out as 1e-37.
 */
export function chiSquareSurvival(x: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom === 0) return x > 0 ? 0 : 1;
  return upperIncompleteGamma(degreesOfFreedom / 2, x / 2);
}

/**
 * P(K > x) for Kolmogorov's limiting distribution of √n · D. kolmogorovSurvival(1.36) = 0.049486.
 * 2 Σ (−1)^(k−1) e^(−2k²x²) converges at once for large x, its theta-function twin for small x.
 */
export function kolmogorovSurvival(x: number): number {
  if (x <= 0) return 1;
  return x < 1 ? 1 - kolmogorovThetaSeries(x) : 2 * kolmogorovTailSeries(x);
}

function kolmogorovTailSeries(x: number): number {
  let sum = 0;
  for (let k = 1; k <= 5; k++) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * x * x);
  return sum;
}

function kolmogorovThetaSeries(x: number): number {
  let sum = 0;
  for (let odd = 1; odd <= 9; odd += 2) sum += Math.exp(-((odd * Math.PI) ** 2) / (8 * x * x));
  return (Math.sqrt(2 * Math.PI) / x) * sum;
}
