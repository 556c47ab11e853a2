import { sumOf } from '../moments.js';

/** Probability of a log-odds score, 1 / (1 + e^−x), without overflow. logistic(0) = 0.5. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** −ln of the probability that the score gives to a label of 0 or 1: ln(1 + e^x) − label · x, without overflow. */
export function logisticLoss(score: number, label: number): number {
  return Math.max(score, 0) - score * label + Math.log1p(Math.exp(-Math.abs(score)));
}

/** Log-odds of the share of ones, at least half a row away from 0 and 1, so that it is finite; float32. */
export function logOddsOf(labels: ArrayLike<number>): number {
  const ones = sumOf(labels);
  const share = Math.min(Math.max(ones, 0.5), labels.length - 0.5) / labels.length;
  return Math.fround(Math.log(share / (1 - share)));
}
