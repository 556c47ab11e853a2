import { mean, rowLosses, squaredError } from './row-losses.js';
import { scoredRows } from './scored-rows.js';

export interface RegressionMetrics {
  /** in the unit of the truth */
  rmse: number;
  /** in the unit of the truth */
  mae: number;
  /** null when the truth is constant */
  r2: number | null;
  /** how many rows had both a truth and a prediction */
  rows: number;
}

/**
 * Root mean squared error, mean absolute error and R² = 1 − Σ(truth − prediction)² / Σ(truth − mean truth)².
 * [3, −0.5, 2, 7] predicted as [2.5, 0, 2, 8]: rmse √0.375 = 0.6124, mae 0.5, R² 0.9486 (scikit-learn).
 * A row with NaN on either side is left out; throws RangeError on different lengths or when no row is left.
 */
export function regressionMetrics(truth: ArrayLike<number>, predictions: ArrayLike<number>): RegressionMetrics {
  const rows = scoredRows(truth, predictions);
  const center = mean(rows.truth);
  const meanSquaredError = mean(rowLosses(rows, squaredError));
  const variance = mean(rows.truth.map((value) => (value - center) ** 2));
  return {
    rmse: Math.sqrt(meanSquaredError),
    mae: mean(rowLosses(rows, (value, prediction) => Math.abs(prediction - value))),
    r2: rows.truth.every((value) => value === rows.truth[0]) ? null : 1 - meanSquaredError / variance,
    rows: rows.truth.length,
  };
}
