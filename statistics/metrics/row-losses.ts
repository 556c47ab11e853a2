import type { ScoredRows } from './scored-rows.js';

/** A loss is a mean over rows; bootstrap and metric share the per-row terms. */
export function logLossTerm(label: number, score: number): number {
  const probability = Math.min(Math.max(score, 1e-15), 1 - 1e-15);
  return -Math.log(label === 1 ? probability : 1 - probability);
}

export function squaredError(truth: number, score: number): number {
  return (score - truth) ** 2;
}

export function rowLosses({ truth, scores }: ScoredRows, term: (truth: number, score: number) => number): Float64Array {
  return truth.map((value, i) => term(value, scores[i]!));
}

/** The mean over rows; `weights[i]` says how often row i counts, each once when it is absent. */
export function mean(values: Float64Array, weights?: Uint32Array): number {
  let sum = 0;
  let rows = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights === undefined ? 1 : weights[i]!;
    sum += weight * values[i]!;
    rows += weight;
  }
  return sum / rows;
}
