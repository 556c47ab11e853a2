import { z } from 'zod';
import { Digest, ModelName, Version } from './primitives.js';

/** One metric of both on the same rows. */
export const MeasuredDifference = z.strictObject({
  metric: z.string().max(60),
  serving: z.number(),
  candidate: z.number(),
  /** turned so that positive is better for the candidate, with the ends of its 95 % interval */
  difference: z.number(),
  low: z.number(),
  high: z.number(),
});
export type MeasuredDifference = z.infer<typeof MeasuredDifference>;

/**
 * What serves and what wants to serve, both answering the candidate's held-out test rows by their packaged graphs. The same
 * two versions are compared the same way each time: rows and resamples are drawn by the seed of the candidate's training.
 */
export const GateComparison = z.strictObject({
  model: ModelName,
  version: Version,
  /** the version that it is held against */
  serving: Version,
  /** of the candidate */
  packageDigest: Digest,
  rows: z.number().int(),
  differences: z.array(MeasuredDifference).max(4),
  /** mean predicted − mean observed of each; null where the task has none */
  calibrationGap: z.strictObject({ serving: z.number(), candidate: z.number() }).nullable(),
  /** columns that the serving version reads and the data has no more, at most 20 */
  servingMissed: z.array(z.string()).max(20),
  /** the data has no time, and the serving version was not trained on the same split: it may know some of these rows */
  mayKnowRows: z.boolean(),
});
export type GateComparison = z.infer<typeof GateComparison>;
