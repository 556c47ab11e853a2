import type { Metrics, Task } from '../../schemas/index.js';
import { tasks } from '../tasks/tasks.js';
import type { CalibrationPoint } from './calibration-curve.js';
import { mean } from './row-losses.js';
import { pick } from './scored-rows.js';

export interface WindowQuality {
  /** null when no row can be judged */
  readonly metrics: Metrics | null;
  /** mean predicted − mean observed */
  readonly gap: number | null;
  /** for probabilities only */
  readonly curve: CalibrationPoint[];
  /** rows that were judged */
  readonly rows: number;
  /** joined rows that cannot be judged: an outcome or a prediction that the task cannot have */
  readonly refused: number;
}

/**
 * Predictions against their true outcomes, row by row. A stray outcome (a delay in minutes where 0 or 1 is due) is left
 * out and counted: one bad line must not hide the other thousand.
 */
export function windowQuality(task: Task, outcomes: Float64Array, predictions: Float64Array): WindowQuality {
  const { label, answer, metrics, calibration } = tasks[task];
  const kept: number[] = [];
  for (let i = 0; i < outcomes.length; i++) if (label.fits(outcomes[i]!) && answer.fits(predictions[i]!)) kept.push(i);
  const refused = outcomes.length - kept.length;
  if (kept.length === 0) return { metrics: null, gap: null, curve: [], rows: 0, refused };
  const [truth, scores] = [pick(outcomes, kept), pick(predictions, kept)];
  return {
    metrics: metrics(truth, scores),
    gap: mean(scores) - mean(truth),
    curve: calibration(truth, scores),
    rows: kept.length,
    refused,
  };
}
