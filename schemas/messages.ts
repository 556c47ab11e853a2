import { z } from 'zod';
import { messageRowLimit } from './names.js';
import { Actor, Digest, EnvironmentName, Instant, isStorable, Version } from './primitives.js';

const requestId = z.string().min(1).max(200).optional();
const reason = z.string().trim().min(1).max(500);

/** Body of `approve` and `reject`: without `version`, `gate` or `environment` it answers the one open gate. */
export const Answer = z.strictObject({
  by: Actor,
  comment: z.string().max(2000).optional(),
  environment: EnvironmentName.optional(),
  version: Version.optional(),
  gate: z.string().min(1).max(200).optional(),
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

/** One true outcome of one prediction; `requestId` of a request with several rows is `<request id>#<row>`. */
export const Outcome = z.strictObject({
  requestId: z.string().min(1).max(200).refine(isStorable, 'holds characters that no id has'),
  outcome: z.union([z.number(), z.boolean()]),
  knownAt: Instant.optional(),
});
export type Outcome = z.infer<typeof Outcome>;

export const RecordOutcomes = z.strictObject({
  by: Actor.default('unknown'),
  outcomes: z.array(Outcome).min(1).max(messageRowLimit),
  requestId,
});
export type RecordOutcomes = z.infer<typeof RecordOutcomes>;

export const Retire = z.strictObject({ by: Actor, reason, requestId });
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
});
export type CommandReply = z.infer<typeof CommandReply>;
