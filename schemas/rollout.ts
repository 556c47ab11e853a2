import { z } from 'zod';
import { GatePolicy } from './approval.js';
import { Fence, Routes, ServedVersion } from './endpoint.js';
import { Digest, EnvironmentName, Version } from './primitives.js';
import { stepLimit } from './strategy.js';

/*
 * What a deployModel workflow and the model's owner say to each other. They are signals, so that either side may
 * continue as new or restart between question and answer. Not part of the public contract.
 */
const rollout = { workflowId: z.string().min(1), runId: z.string().min(1) };
const StepIndex = z
  .number()
  .int()
  .min(0)
  .max(stepLimit - 1);

/** deployModel → owner: asks for a gate. */
export const RolloutRequested = z.strictObject({
  ...rollout,
  environment: EnvironmentName,
  version: ServedVersion,
  /** how many steps it takes; the last one promotes */
  steps: z.number().int().min(1).max(stepLimit),
  /** the digest of what follows, with the package's: an approval binds to it */
  evidenceDigest: Digest,
  evidence: z.array(z.string()).max(8),
  /** who must approve, where the owner itself knows no policy for the environment */
  policy: GatePolicy.optional(),
});
export type RolloutRequested = z.infer<typeof RolloutRequested>;

/** deployModel → owner: asks for the routes of its next step, or for a pause there. */
export const RolloutStep = z.strictObject({
  ...rollout,
  environment: EnvironmentName,
  /** its place among the rollout's steps */
  step: StepIndex,
  wants: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('share'), share: z.number().gt(0).max(1) }),
    /** the routes stay as they are; the step is done once somebody sends `resume` */
    z.strictObject({ kind: z.literal('pause') }),
    /** only as the last step */
    z.strictObject({ kind: z.literal('promote') }),
  ]),
});
export type RolloutStep = z.infer<typeof RolloutStep>;

/** deployModel → owner: gives up (a check failed, nobody answered, it was cancelled). */
export const RolloutAbandoned = z.strictObject({
  ...rollout,
  environment: EnvironmentName,
  reason: z.string().max(1000),
  /** it gives up only where nobody has approved it; else it hears `approved`, and waits on for its grant */
  unlessApproved: z.boolean().optional(),
});
export type RolloutAbandoned = z.infer<typeof RolloutAbandoned>;

/** break-glass rollback → owner: the server already returned to its previous version. */
export const EndpointRolledBack = z.strictObject({
  environment: EnvironmentName,
  by: z.string(),
  reason: z.string(),
  fence: Fence,
  routes: Routes,
});
export type EndpointRolledBack = z.infer<typeof EndpointRolledBack>;

/** owner → deployModel */
export const RolloutEvent = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('granted'), fence: Fence, approvedBy: z.string(), firstVersion: z.boolean() }),
  /** an approval that it did not hear of: the grant is held, by a pause or a ledger that is away */
  z.strictObject({ kind: z.literal('approved'), by: z.string() }),
  z.strictObject({ kind: z.literal('refused'), reason: z.string(), serving: Version.nullable() }),
  z.strictObject({ kind: z.literal('stepDone'), step: StepIndex, fence: Fence }),
  /** asks nothing: it only shows that the rollout's workflow is still there */
  z.strictObject({ kind: z.literal('probe') }),
  /** `serving` is the version that serves in its place */
  z.strictObject({ kind: z.literal('stopped'), by: z.string(), reason: z.string(), serving: Version.nullable() }),
]);
export type RolloutEvent = z.infer<typeof RolloutEvent>;

/** Signals that only our own workflows send, by wire name. */
export const rolloutSchemas = {
  rolloutRequested: RolloutRequested,
  rolloutStep: RolloutStep,
  rolloutAbandoned: RolloutAbandoned,
  endpointRolledBack: EndpointRolledBack,
} as const;
export type RolloutSignalName = keyof typeof rolloutSchemas;
