import { requireSameBins } from './psi.js';

/**
 * Jensen–Shannon distance between two lists of shares: √(½ KL(p‖m) + ½ KL(q‖m)), m = (p + q) / 2, natural logarithm.
 * From 0 (equal) to √ln 2 = 0.8326 (disjoint); a metric. [1, 0] against [0.38, 0.62] is 0.5358 (scipy
 * `distance.jensenshannon`). Source: Endres & Schindelin (2003). Throws RangeError on different numbers of bins.
 */
export function jensenShannonDistance(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const divergence = sumOverBins(p, q, (a, b) => {
    const middle = (a + b) / 2;
    return relativeEntropyTerm(a, middle) + relativeEntropyTerm(b, middle);
  });
  return Math.sqrt(Math.max(0, divergence / 2));
}

function sumOverBins(p: ArrayLike<number>, q: ArrayLike<number>, term: (a: number, b: number) => number): number {
  requireSameBins(p, q);
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += term(p[i]!, q[i]!);
  return sum;
}

function relativeEntropyTerm(share: number, reference: number): number {
  return share === 0 ? 0 : share * Math.log(share / reference);
}
