import { z } from 'zod';
import { messageRowLimit } from './names.js';
import { plainText } from './plain-text.js';
import { PredictionId, RequestId } from './prediction-id.js';
import { Actor, Digest, EnvironmentName, Instant, MessageRequestId, ModelName, Version } from './primitives.js';

const requestId = MessageRequestId;
const reason = plainText(500).min(1);

/** Body of `approve` and `reject`: without `version`, `gate` or `environment` it answers the one open gate. */
export const Answer = z.strictObject({
  by: Actor,
  comment: plainText(2000).optional(),
  environment: EnvironmentName.optional(),
  version: Version.optional(),
  gate: plainText(200).min(1).optional(),
  modelDigest: Digest.optional(),
  evidenceDigest: Digest.optional(),
  requestId,
  signature: z.string().max(4000).optional(),
});
export type Answer = z.infer<typeof Answer>;

/** Body of the update `decide`. */
export const Decide = z.strictObject({ decision: z.enum(['approve', 'reject']), ...Answer.shape });
export type Decide = z.infer<typeof Decide>;

export const Rollback = z.strictObject({
  by: Actor,
  reason,
  environment: EnvironmentName.optional(),
  toVersion: Version.optional(),
  requestId,
});
export type Rollback = z.infer<typeof Rollback>;

export const Pause = z.strictObject({ by: Actor, reason: reason.optional(), requestId });
export type Pause = z.infer<typeof Pause>;

/**
 * Ends a pause of the model, or tries a stopped plan again. Where neither is, it goes on with the rollouts that wait at a
 * step, of `environment` where it is named.
 */
export const Resume = z.strictObject({ by: Actor, environment: EnvironmentName.optional(), requestId });
export type Resume = z.infer<typeof Resume>;

export const RetrainSignal = z.strictObject({
  by: Actor,
  reason,
  kind: z.enum(['decay', 'drift', 'signal', 'schedule']).default('signal'),
  environment: EnvironmentName.optional(),
  requestId,
});
export type RetrainSignal = z.infer<typeof RetrainSignal>;

/**
 * One true outcome of one prediction. It names its id; or what its caller named the request, with the model, and the row
 * (from 0) where the request had several.
 */
export const Outcome = z
  .strictObject({
    predictionId: PredictionId.optional(),
    requestId: RequestId.optional(),
    model: ModelName.optional(),
    environment: EnvironmentName.optional(),
    row: z.number().int().min(0).max(99_999).optional(),
    outcome: z.union([z.number(), z.boolean()]),
    knownAt: Instant.optional(),
  })
  .refine(({ predictionId, requestId }) => (predictionId === undefined) !== (requestId === undefined), {
    message: 'must be given, or predictionId instead of it, and not both',
    path: ['requestId'],
  })
  .refine(({ predictionId, row }) => predictionId === undefined || row === undefined, {
    message: 'stands in the prediction id, after ":"',
    path: ['row'],
  });
export type Outcome = z.infer<typeof Outcome>;

export const RecordOutcomes = z.strictObject({
  by: Actor.default('unknown'),
  outcomes: z.array(Outcome).min(1).max(messageRowLimit),
  requestId,
});
export type RecordOutcomes = z.infer<typeof RecordOutcomes>;

/** Outcomes as a model's owner took them, until they are recorded. */
export interface QueuedOutcomes extends RecordOutcomes {
  readonly model: string;
  /** UTC ISO */
  readonly at: string;
}

export const Retire = z.strictObject({
  by: Actor,
  reason,
  /** also where a model server does not answer: it is told nothing, and what it serves is left to it */
  force: z.boolean().optional(),
  requestId,
});
export type Retire = z.infer<typeof Retire>;

/** Signals of `modelLifecycle`, by wire name. */
export const signalSchemas = {
  approve: Answer,
  reject: Answer,
  rollback: Rollback,
  pause: Pause,
  resume: Resume,
  retrain: RetrainSignal,
  recordOutcomes: RecordOutcomes,
  retire: Retire,
} as const;
export type SignalName = keyof typeof signalSchemas;
/** For a person who is about to send one. */
export const signalDescriptions: { readonly [N in SignalName]: string } = {
  approve: 'Approve what waits at a gate: {"by"}, with "version" and "environment" where several wait',
  reject: 'Reject what waits at a gate: {"by", "comment"}',
  rollback: 'Return an endpoint to its previous version: {"by", "reason"}',
  pause: 'Hold rollouts and retrainings; never a rollback: {"by"}',
  resume: 'End a pause, take a stopped plan up again, or a rollout on from its pause: {"by"}',
  retrain: 'Ask for a retraining: {"by", "reason"}',
  recordOutcomes: 'True outcomes of predictions, at most 500: {"outcomes"}',
  retire: 'End the life of the model; nothing serves it any more: {"by", "reason"}',
};
export const signalNames = Object.keys(signalSchemas) as SignalName[];

/** What an update answers. */
export const CommandReply = z.strictObject({
  accepted: z.boolean(),
  /** false where the message was refused, or was taken and there was nothing to do (it took effect before; a no-op) */
  changed: z.boolean(),
  /** why it was refused, a code of the error catalog; null where it was taken */
  code: z.string().nullable(),
  /** false where routes changed that the model server does not have yet */
  served: z.boolean(),
  /** for people only: nothing is to be read out of it */
  message: z.string(),
  requestId: z.string(),
  /** of `configure`: the fields of the specification that are others now */
  changes: z.array(z.string()).optional(),
});
export type CommandReply = z.infer<typeof CommandReply>;
