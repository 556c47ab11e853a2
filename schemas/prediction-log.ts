import { z } from 'zod';
import { Digest, EnvironmentName, ModelName, Version } from './primitives.js';

/** One prediction: one line (JSON) of a segment. `requestId` of a request with several rows is `<request id>#<row>`. */
export const PredictionRecord = z.strictObject({
  requestId: z.string(),
  model: ModelName,
  version: Version,
  modelDigest: Digest,
  environment: EnvironmentName,
  /** when it was answered, UTC ISO */
  at: z.string(),
  /** when the row happened, by the model's time column, UTC ISO; `at` where the model has none */
  eventAt: z.string(),
  /** the raw inputs by column name; null is missing */
  inputs: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  output: z.number(),
});
export type PredictionRecord = z.infer<typeof PredictionRecord>;

/** How many predictions of a model lie on a data day (UTC, `2001-04-18`). */
export const LoggedRows = z.strictObject({ model: ModelName, day: z.iso.date(), rows: z.number().int() });
export type LoggedRows = z.infer<typeof LoggedRows>;

/** of one segment */
export const mostLoggedDays = 1000;
