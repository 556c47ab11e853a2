import { z } from 'zod';
import { deployFields } from './environments.js';
import { plainText } from './plain-text.js';
import { Actor, EnvironmentName, ModelName, Version } from './primitives.js';
import { RolloutWait } from './rollout-wait.js';
import { Step, saysOneStrategy, twoStrategies, withCanary } from './strategy.js';

/** One line of what an approval is based on. */
export const EvidenceLine = plainText(300).min(1);

export const RollbackRequest = z.strictObject({
  by: Actor,
  reason: plainText(500).min(1),
  /** one that the model server has in memory; the version before when absent */
  toVersion: Version.optional(),
});

const target = { model: ModelName, environment: EnvironmentName.default('production') };

export const DeployInput = z.union([
  z
    .strictObject({
      ...target,
      /** the newest version when absent */
      version: Version.optional(),
      ...deployFields,
      /** what else speaks for this version, shown at the gate beside its metrics: a comparison, a ticket */
      evidence: z.array(EvidenceLine).max(5).default([]),
    })
    .refine(saysOneStrategy, twoStrategies)
    .transform(withCanary),
  /** break-glass rollback: return to the previous version without the owner's inbox */
  z.strictObject({ ...target, rollback: RollbackRequest }),
]);
/** As its sender writes it: what has a default may be left out. */
export type DeployInput = z.input<typeof DeployInput>;
/** As it stands after parsing, with its defaults. */
export type CheckedDeployInput = z.output<typeof DeployInput>;

/** `unchanged`: a break-glass rollback changed nothing; its reasons say why. */
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
  phase: z.enum([
    'starting',
    'waiting for approval',
    'approved, held',
    'loading',
    'rolling out',
    'paused',
    'promoting',
    'ended',
  ]),
  /** the rollout's steps, and which of them it is at: its place from 0 on, null before the first and after the end */
  steps: z.array(Step),
  step: z.number().int().nullable(),
  /** what its step waits for that no person answers, and until when */
  waits: RolloutWait.nullable(),
  evidence: z.array(z.string()),
  approvedBy: z.string().nullable(),
  outcome: DeployOutcome.nullable(),
  reasons: z.array(z.string()),
  /** CLI lines that answer what is waited for */
  answerWith: z.array(z.string()),
  /** the workflow that owns the endpoint */
  owner: z.string(),
  /** signals that it hands on to its owner: how many wait, and how many were refused here and why */
  messages: z.strictObject({
    waiting: z.number().int(),
    refused: z.number().int(),
    newestRefusal: z.string().nullable(),
  }),
});
export type DeployStatus = z.infer<typeof DeployStatus>;
