import { z } from 'zod';
import { Metrics, ModelSignature, Task } from '../../schemas/index.js';
import { type ComparedMetric, weightedMetrics } from '../../statistics/metrics/weighted-metric.js';
import { HeldOutRequest } from '../sql/jobs/held-out.js';

/** A packaged model on the local disk, the raw columns it takes and what it answers. */
export const ModelFile = z.strictObject({
  file: z.string(),
  signature: ModelSignature,
  /** inputs that are missing to it in every row */
  missing: z.array(z.string()),
});
export type ModelFile = z.infer<typeof ModelFile>;

const comparedMetrics = Object.keys(weightedMetrics) as [ComparedMetric, ...ComparedMetric[]];

export const CompareJob = z.strictObject({
  heldOut: HeldOutRequest,
  task: Task,
  metrics: z.array(z.enum(comparedMetrics)).min(1),
  champion: ModelFile,
  challenger: ModelFile,
});
export type CompareJob = z.infer<typeof CompareJob>;

export const CompareJobResult = z.strictObject({
  rows: z.number().int(),
  championMetrics: Metrics,
  challengerMetrics: Metrics,
  /** of each metric: challenger − champion, with its 95 % interval; null where the rows are all of one class */
  pairs: z.array(
    z
      .strictObject({
        champion: z.number(),
        challenger: z.number(),
        difference: z.number(),
        low: z.number(),
        high: z.number(),
      })
      .nullable(),
  ),
  /** mean answer − mean label */
  gaps: z.strictObject({ champion: z.number(), challenger: z.number() }),
});
export type CompareJobResult = z.infer<typeof CompareJobResult>;
