import { z } from 'zod';
import { PredictionId, RequestId } from './prediction-id.js';
import { Actor, Digest, EnvironmentName, Instant, ModelName, Version } from './primitives.js';

/** One prediction: one line (JSON) of a segment. */
export const PredictionRecord = z.strictObject({
  predictionId: PredictionId,
  /** the answer's x-request-id: what the caller called the request; the id of the prediction, without its row, where he did not */
  requestId: RequestId,
  model: ModelName,
  version: Version,
  modelDigest: Digest,
  environment: EnvironmentName,
  /** when it was asked, UTC ISO; the time that its id carries */
  at: Instant,
  /** when the row happened, by the model's time column, UTC ISO; `at` where the model has none */
  eventAt: z.string(),
  /** the raw inputs by column name; null is missing */
  inputs: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  output: z.number(),
});
export type PredictionRecord = z.infer<typeof PredictionRecord>;

/**
 * One true outcome as it is kept: one line (JSON) of a batch. It names its prediction by id; or by model and request id,
 * with environment and row where it says them.
 */
export const OutcomeRecord = z
  .strictObject({
    predictionId: PredictionId.nullable(),
    model: ModelName.nullable(),
    environment: EnvironmentName.nullable(),
    requestId: RequestId.nullable(),
    row: z.number().int().min(0).max(99_999).nullable(),
    outcome: z.number(),
    knownAt: Instant.nullable(),
    /** who says so */
    by: Actor,
    /** when it was taken, UTC ISO: of several outcomes of one prediction, the last taken counts */
    at: Instant,
  })
  .refine(
    ({ predictionId, requestId, model }) =>
      predictionId === null ? requestId !== null && model !== null : requestId === null,
    'must name a prediction id, or a model and a request id',
  );
export type OutcomeRecord = z.infer<typeof OutcomeRecord>;

/** How many predictions of a model lie on a data day (UTC, `2001-04-18`). */
export const LoggedRows = z.strictObject({ model: ModelName, day: z.iso.date(), rows: z.number().int() });
export type LoggedRows = z.infer<typeof LoggedRows>;

/** of one segment */
export const mostLoggedDays = 1000;
