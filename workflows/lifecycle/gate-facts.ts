import type { FactInput, Gate, GateAnswer } from '../../schemas/index.js';
import type { Context } from './context.js';
import { type LifecycleState, shorten, timeText } from './state.js';

interface Answered {
  readonly gate: Gate;
  readonly answer: GateAnswer;
  /** as they were given, in full */
  readonly comment: string | null;
  readonly signature: string | null;
}

/**
 * One person's answer. Who answers again, a rejection after an approval or an approval anew, has a key of its own: its
 * number stands before the person, whose name may end in anything.
 */
export function answerFact(state: LifecycleState, answered: Answered, ctx: Context): FactInput {
  const { gate, answer, comment, signature } = answered;
  const { model } = state.spec;
  const { by, decision, at, provenBy } = answer;
  const mayBeAgain =
    gate.policy.approvalsExpireAfter !== undefined || gate.answers.filter((a) => a.by === by).length > 1;
  const number = mayBeAgain && gate.given > 1 ? `#${gate.given}` : '';
  return {
    kind: 'approval',
    key: `approval/${model}/${gate.gate}${number}/${by}`,
    origin: { workflowId: ctx.workflowId, step: 'approve' },
    digest: gate.modelDigest,
    edges:
      decision === 'approve'
        ? [{ from: gate.modelDigest, to: `approval:${model}/${gate.gate}`, relation: 'approved' }]
        : [],
    body: {
      ...ofGate(state, gate),
      evidenceDigest: gate.evidenceDigest,
      decision,
      decidedBy: by,
      comment,
      decidedAt: at,
      provenBy,
      signature,
    },
  };
}

interface Decided {
  readonly gate: Gate;
  readonly decision: 'approved' | 'rejected';
  readonly by: string[];
  readonly reason: string;
}

/** What the answers came to. */
export function decisionFact(state: LifecycleState, decided: Decided, ctx: Context): FactInput {
  const { gate, decision, by, reason } = decided;
  return {
    kind: 'gateDecision',
    key: `decision/${state.spec.model}/${gate.gate}`,
    origin: { workflowId: ctx.workflowId, step: 'approve' },
    digest: gate.modelDigest,
    body: {
      ...ofGate(state, gate),
      decision,
      decidedBy: by,
      quorum: gate.policy.quorum,
      reason: shorten(reason, 500),
      decidedAt: timeText(ctx.now),
    },
  };
}

const ofGate = ({ spec }: LifecycleState, { version, environment, gate, modelDigest }: Gate) => ({
  model: spec.model,
  version,
  environment,
  gate,
  modelDigest,
});
