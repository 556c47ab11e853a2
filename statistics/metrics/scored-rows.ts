/** Truth and prediction of the same rows, in order, without missing values. */
export interface ScoredRows {
  truth: Float64Array;
  scores: Float64Array;
}

/** float32 models may answer 1.0000001; what is further outside [0, 1] is no probability */
const probabilityTolerance = 1e-6;

/**
 * The rows that have both a truth and a score; NaN in either drops the row. Throws RangeError when the lengths differ
 * or no row is left.
 */
export function scoredRows(truth: ArrayLike<number>, scores: ArrayLike<number>): ScoredRows {
  if (truth.length !== scores.length) throw new RangeError(`${truth.length} true values but ${scores.length} scores`);
  const kept = presentRows([truth, scores]);
  if (kept.length === 0) throw new RangeError('no row has both a true value and a score');
  return { truth: pick(truth, kept), scores: pick(scores, kept) };
}

/** As `scoredRows`, and throws RangeError when a label is neither 0 nor 1. */
export function labelledRows(labels: ArrayLike<number>, scores: ArrayLike<number>): ScoredRows {
  const rows = scoredRows(labels, scores);
  const odd = rows.truth.find((label) => label !== 0 && label !== 1);
  if (odd !== undefined) throw new RangeError(`a label must be 0 or 1, not ${odd}`);
  return rows;
}

/** As `labelledRows`, and throws RangeError when a score is not a probability; 1e-6 beyond 0 or 1 is let pass. */
export function probabilityRows(labels: ArrayLike<number>, scores: ArrayLike<number>): ScoredRows {
  const rows = labelledRows(labels, scores);
  const odd = rows.scores.find((score) => !isProbability(score));
  if (odd !== undefined) throw new RangeError(`a probability must be between 0 and 1, not ${odd}`);
  return rows;
}

/** Whether a score lies between 0 and 1, or 1e-6 beyond. */
export function isProbability(score: number): boolean {
  return Math.abs(score - 0.5) <= 0.5 + probabilityTolerance;
}

/** The indices at which no column is NaN. */
export function presentRows(columns: readonly ArrayLike<number>[]): number[] {
  const kept: number[] = [];
  const length = columns[0]?.length ?? 0;
  for (let i = 0; i < length; i++) if (columns.every((column) => !Number.isNaN(column[i]!))) kept.push(i);
  return kept;
}

export function pick(values: ArrayLike<number>, indices: readonly number[]): Float64Array {
  return Float64Array.from(indices, (index) => values[index]!);
}
