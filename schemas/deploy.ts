import { z } from 'zod';
import { Actor, DurationText, EnvironmentName, ModelName, Version } from './primitives.js';

export const CanaryPolicy = z.strictObject({
  /** share of requests the new version answers before it answers all */
  share: z.number().gt(0).max(1).default(0.1),
  /** how long the canary is watched */
  duration: DurationText.default('1 minute'),
  /** the canary is not promoted on fewer answers than this */
  minRequests: z.number().int().min(0).default(20),
  /** a larger share of failed answers stops the rollout */
  maxErrorShare: z.number().min(0).max(1).default(0.01),
  /** gives up when minRequests have not arrived by then */
  timeout: DurationText.default('1 hour'),
});
export type CanaryPolicy = z.infer<typeof CanaryPolicy>;

/** One line of what an approval is based on. */
export const EvidenceLine = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .refine((text) => !/[\p{Cc}\p{Surrogate}]/u.test(text), 'must be one line of valid Unicode');

export const RollbackRequest = z.strictObject({ by: Actor, reason: z.string().trim().min(1).max(500) });

const target = { model: ModelName, environment: EnvironmentName.default('production') };

export const DeployInput = z.union([
  z.strictObject({
    ...target,
    /** the newest version when absent */
    version: Version.optional(),
    canary: CanaryPolicy.prefault({}),
    /** how long an approval is waited for */
    approvalTimeout: DurationText.default('30 days'),
    /** what else speaks for this version, shown at the gate beside its metrics: a comparison, a ticket */
    evidence: z.array(EvidenceLine).max(5).default([]),
  }),
  /** break-glass rollback: return to the previous version without the owner's inbox */
  z.strictObject({ ...target, rollback: RollbackRequest }),
]);
export type DeployInput = z.infer<typeof DeployInput>;

/** `unchanged`: break-glass rollback found nothing to roll back, because the last change was itself a rollback. */
export const DeployOutcome = z.enum(['promoted', 'rolledBack', 'rejected', 'unchanged']);
export type DeployOutcome = z.infer<typeof DeployOutcome>;

export const DeployResult = z.strictObject({
  model: ModelName,
  environment: EnvironmentName,
  version: Version.nullable(),
  outcome: DeployOutcome,
  reasons: z.array(z.string()),
  generation: z.number().int().nullable(),
  approvedBy: z.string().nullable(),
  /** the version that serves now */
  serving: Version.nullable(),
});
export type DeployResult = z.infer<typeof DeployResult>;

/** Answer of the query `status` of a running deployModel; its owner's `status` says what serves. */
export const DeployStatus = z.strictObject({
  model: z.string(),
  environment: z.string(),
  version: z.number().int().nullable(),
  phase: z.enum(['starting', 'waiting for approval', 'loading', 'canary', 'promoting', 'ended']),
  evidence: z.array(z.string()),
  approvedBy: z.string().nullable(),
  outcome: DeployOutcome.nullable(),
  reasons: z.array(z.string()),
  /** CLI lines that answer what is waited for */
  answerWith: z.array(z.string()),
  /** the workflow that owns the endpoint */
  owner: z.string(),
});
export type DeployStatus = z.infer<typeof DeployStatus>;
