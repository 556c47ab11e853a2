import type { Metrics, Task } from '../../schemas/index.js';
import { binaryMetrics, calibration } from './binary.js';
import { regressionMetrics } from './regression.js';
import { mean } from './row-losses.js';
import { pick } from './scored-rows.js';

export interface CalibrationPoint {
  readonly predicted: number;
  readonly observed: number;
  readonly rows: number;
}

export interface WindowQuality {
  /** null when no row can be judged */
  readonly metrics: Metrics | null;
  /** mean predicted − mean observed */
  readonly gap: number | null;
  /** for probabilities only */
  readonly curve: CalibrationPoint[];
  /** rows that were judged */
  readonly rows: number;
  /** joined rows that cannot be judged: an outcome other than 0 or 1, or a prediction that is no probability */
  readonly refused: number;
}

const curveBins = 20;

/**
 * Predictions against their true outcomes, row by row. A stray outcome (a delay in minutes where 0 or 1 is due) is left
 * out and counted: one bad line must not hide the other thousand.
 */
export function windowQuality(task: Task, outcomes: Float64Array, predictions: Float64Array): WindowQuality {
  const kept: number[] = [];
  for (let i = 0; i < outcomes.length; i++) if (isUsable(task, outcomes[i]!, predictions[i]!)) kept.push(i);
  const refused = outcomes.length - kept.length;
  if (kept.length === 0) return { metrics: null, gap: null, curve: [], rows: 0, refused };
  const [truth, scores] = [pick(outcomes, kept), pick(predictions, kept)];
  return {
    metrics: task === 'binary' ? binaryMetrics(truth, scores) : regressionMetrics(truth, scores),
    gap: mean(scores) - mean(truth),
    curve: task === 'binary' ? curveOf(truth, scores) : [],
    rows: kept.length,
    refused,
  };
}

function isUsable(task: Task, outcome: number, prediction: number): boolean {
  if (task === 'regression') return Number.isFinite(outcome) && Number.isFinite(prediction);
  return (outcome === 0 || outcome === 1) && prediction >= -1e-6 && prediction <= 1 + 1e-6;
}

function curveOf(truth: Float64Array, scores: Float64Array): CalibrationPoint[] {
  const { bins } = calibration(truth, scores, curveBins);
  return bins.map(({ meanPredicted, meanObserved, count }) => ({
    predicted: meanPredicted,
    observed: meanObserved,
    rows: count,
  }));
}
