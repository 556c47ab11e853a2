import { z } from 'zod';
import { BinaryMetrics, Column, type Objective, RegressionMetrics, Task } from '../../schemas/index.js';
import { HeldOutRequest } from '../sql/jobs/held-out.js';

/** A packaged model on the local disk, and the raw columns it takes. */
export const ModelFile = z.strictObject({ file: z.string(), inputs: z.array(Column).min(1) });
export type ModelFile = z.infer<typeof ModelFile>;

/** What a paired bootstrap can measure: sums over rows, and the area under the ROC curve. */
export const ComparedMetric = z.enum(['rocAuc', 'logLoss', 'brier', 'rmse']);
export type ComparedMetric = z.infer<typeof ComparedMetric>;

/** The objective itself, or its nearest kin where no interval can be drawn for it. */
export const comparedBy: Record<Objective, ComparedMetric> = {
  logLoss: 'logLoss',
  rocAuc: 'rocAuc',
  prAuc: 'rocAuc',
  brier: 'brier',
  rmse: 'rmse',
  mae: 'rmse',
};

export const CompareJob = z.strictObject({
  heldOut: HeldOutRequest,
  task: Task,
  metric: ComparedMetric,
  champion: ModelFile,
  challenger: ModelFile,
});
export type CompareJob = z.infer<typeof CompareJob>;

const Metrics = z.union([BinaryMetrics, RegressionMetrics]);

export const CompareJobResult = z.strictObject({
  rows: z.number().int(),
  championMetrics: Metrics,
  challengerMetrics: Metrics,
  /** on the metric: challenger − champion, with its 95 % interval */
  pair: z.strictObject({
    champion: z.number(),
    challenger: z.number(),
    difference: z.number(),
    low: z.number(),
    high: z.number(),
  }),
});
export type CompareJobResult = z.infer<typeof CompareJobResult>;
