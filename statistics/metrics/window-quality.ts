import type { Metrics, Task } from '../../schemas/index.js';
import type { QualityDetail } from '../tasks/task.js';
import { tasks } from '../tasks/tasks.js';
import type { CalibrationPoint } from './calibration-curve.js';
import { mean } from './row-losses.js';
import { pick } from './scored-rows.js';

export interface WindowQuality {
  /** null when no row can be judged */
  readonly metrics: Metrics | null;
  /** mean predicted − mean observed */
  readonly gap: number | null;
  readonly curve: CalibrationPoint[];
  /** null when no row can be judged */
  readonly detail: QualityDetail | null;
  /** rows that were judged */
  readonly rows: number;
  /** joined rows that cannot be judged: an outcome or a prediction that the task cannot have */
  readonly refused: number;
}

/** Predictions and their true outcomes, at the same place. */
export interface JoinedRows {
  readonly outcomes: Float64Array;
  readonly predictions: Float64Array;
}

/**
 * Predictions against their true outcomes, row by row. A stray outcome (a delay in minutes where 0 or 1 is due) is left
 * out and counted: one bad line must not hide the other thousand. `test`: what was measured at packaging.
 */
export function windowQuality(task: Task, { outcomes, predictions }: JoinedRows, test: Metrics): WindowQuality {
  const { label, answer, metrics, calibration, detail } = tasks[task];
  const kept: number[] = [];
  for (let i = 0; i < outcomes.length; i++) if (label.fits(outcomes[i]!) && answer.fits(predictions[i]!)) kept.push(i);
  const refused = outcomes.length - kept.length;
  if (kept.length === 0) return { metrics: null, gap: null, curve: [], detail: null, rows: 0, refused };
  const [truth, scores] = [pick(outcomes, kept), pick(predictions, kept)];
  return {
    metrics: metrics(truth, scores),
    gap: mean(scores) - mean(truth),
    curve: calibration(truth, scores),
    detail: detail(truth, scores, test),
    rows: kept.length,
    refused,
  };
}
