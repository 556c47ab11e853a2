import { z } from 'zod';
import { Digest, EnvironmentName, Instant, isStorable, ModelName, Version } from './primitives.js';

/** One prediction: one line (JSON) of a segment. `requestId` of a request with several rows is `<request id>#<row>`. */
export const PredictionRecord = z.strictObject({
  requestId: z.string().min(1).max(300).refine(isStorable),
  model: ModelName,
  version: Version,
  modelDigest: Digest,
  environment: EnvironmentName,
  /** when it was answered, UTC ISO */
  at: Instant,
  /** when the row happened, by the model's time column, UTC ISO; `at` where the model has none */
  eventAt: z.string(),
  /** the raw inputs by column name; null is missing */
  inputs: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  output: z.number(),
});
export type PredictionRecord = z.infer<typeof PredictionRecord>;
