import { z } from 'zod';
import { GatePolicy } from './approval.js';
import { Fence, ServedVersion } from './endpoint.js';
import { Digest, EnvironmentName, Version } from './primitives.js';
import { stepLimit } from './strategy.js';

/*
 * What a deployModel workflow and the model's owner say to each other. Whoever may write to the namespace can send any
 * signal: a signal is only a hint that there is something to ask. The owner asks the run itself what it wants
 * (`RolloutAsk`), and the run asks the owner what it was told (`RolloutEvent`). Not part of the public contract.
 */
const StepIndex = z
  .number()
  .int()
  .min(0)
  .max(stepLimit - 1);

/** Of a workflow: what the Temporal server takes for its id, at most. */
const WorkflowId = z.string().min(1).max(1000);

/** deployModel → owner: this run wants something; ask it what. */
export const RolloutAsks = z.strictObject({ workflowId: WorkflowId });
export type RolloutAsks = z.infer<typeof RolloutAsks>;

/** break-glass rollback → owner: the server of this environment moved; ask it where to. */
export const EndpointMoved = z.strictObject({ environment: EnvironmentName });
export type EndpointMoved = z.infer<typeof EndpointMoved>;

/** monitorModel → owner: a day of this environment was judged; ask the ledger how. */
export const Judged = z.strictObject({ environment: EnvironmentName });

/** Signals that only our own workflows send, by wire name. */
export const hintSchemas = { rolloutAsks: RolloutAsks, endpointMoved: EndpointMoved, judged: Judged } as const;
export type HintName = keyof typeof hintSchemas;

const rollout = { workflowId: WorkflowId, runId: z.string().min(1).max(100), environment: EnvironmentName };

/** What a gate shows of a version stays small, whatever is known of it. */
export const mostEvidence = 20;
export const evidenceLength = 300;

/** A rollout wants a gate. Version, digests and evidence are the ledger's, not the asker's word. */
export const GateAsk = z.strictObject({
  ...rollout,
  version: ServedVersion,
  /** how many steps it takes; the last one promotes */
  steps: z.number().int().min(1).max(stepLimit),
  /** the digest of what follows, with the package's: an approval binds to it */
  evidenceDigest: Digest,
  evidence: z.array(z.string().max(evidenceLength)).max(mostEvidence),
  /** who must approve, where the owner itself knows no policy for the environment */
  policy: GatePolicy.optional(),
});
export type GateAsk = z.infer<typeof GateAsk>;

/** A rollout wants the routes of its next step, or a pause there. */
export const StepAsk = z.strictObject({
  ...rollout,
  /** handed out with the grant: who cannot name it was not granted anything */
  nonce: z.string().min(1).max(100),
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
export type StepAsk = z.infer<typeof StepAsk>;

/** A rollout gives up (a check failed, nobody answered, it was cancelled). */
export const GiveUp = z.strictObject({
  ...rollout,
  reason: z.string().max(1000),
  /** it gives up only where nobody has approved it; else it hears `approved`, and waits on for its grant */
  unlessApproved: z.boolean().optional(),
});
export type GiveUp = z.infer<typeof GiveUp>;

/** What a running deployModel answers to the update `asks`: what it wants now. */
export const RolloutAsk = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('gate'),
    model: z.string(),
    ...rollout,
    /** the number of the version; the rest is looked up */
    version: Version,
    steps: GateAsk.shape.steps,
    /** what its start said speaks for it, and its strategy in words */
    evidence: z.array(z.string()).max(8),
    policy: GatePolicy.optional(),
  }),
  z.strictObject({ kind: z.literal('step'), model: z.string(), ...StepAsk.shape }),
  z.strictObject({ kind: z.literal('giveUp'), model: z.string(), ...GiveUp.shape }),
]);
export type RolloutAsk = z.infer<typeof RolloutAsk>;

/** What an owner tells one run, in order; it asks for all of it, however often. */
export const RolloutEvent = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('granted'),
    fence: Fence,
    approvedBy: z.string(),
    firstVersion: z.boolean(),
    /** its steps name it */
    nonce: z.string(),
  }),
  /** an approval that it did not hear of: the grant is held, by a pause or a ledger that is away */
  z.strictObject({ kind: z.literal('approved'), by: z.string() }),
  z.strictObject({ kind: z.literal('refused'), reason: z.string(), serving: Version.nullable() }),
  z.strictObject({ kind: z.literal('stepDone'), step: StepIndex, fence: Fence }),
  /** `serving` is the version that serves in its place */
  z.strictObject({ kind: z.literal('stopped'), by: z.string(), reason: z.string(), serving: Version.nullable() }),
]);
export type RolloutEvent = z.infer<typeof RolloutEvent>;
