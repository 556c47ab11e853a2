import type { Answer, CommandReply, Gate, RolloutRequested } from '../../schemas/index.js';
import { accepted, answerRun, refuse, servingIn } from './replies.js';
import { stopRollout } from './rollback.js';
import { advanceOn, waitingRollout } from './rollout.js';
import {
  endpointOf,
  endpointOrNone,
  type LifecycleState,
  limits,
  note,
  type OwnedEndpoint,
  timeText,
} from './state.js';

/*
 * Pure decisions about gates: a rollout asks, a person answers. What follows is in rollout-steps.
 */

/** Opens a gate, or refuses the rollout when another one is under way. */
export function openGate(state: LifecycleState, ask: RolloutRequested, now: number): void {
  const endpoint = endpointOrNone(state, ask.environment);
  if (endpoint === null) return refuseRollout(state, ask, `${state.spec.model} has too many endpoints already`);
  const under = endpoint.rollout;
  if (under && under.workflowId === ask.workflowId && under.runId === ask.runId) return;
  const reason = whyNotNow(state, endpoint, ask);
  if (reason) return refuseRollout(state, ask, reason);
  if (under) stopRollout(state, endpoint, { by: 'owner', reason: 'its workflow asks again under a new run', now });
  // A run id begins with the time: its end is what tells two deployments of one minute apart.
  const gate = `deploy/${ask.environment}/v${ask.version.version}/${ask.runId.slice(-8)}`;
  endpoint.rollout = waitingRollout({ ...ask, gate, before: endpoint.routes }, now);
  state.gates.push({
    gate,
    environment: ask.environment,
    version: ask.version.version,
    modelDigest: ask.version.modelDigest,
    evidenceDigest: ask.evidenceDigest,
    evidence: ask.evidence,
    openedAt: timeText(now),
    workflowId: ask.workflowId,
  });
  note(state, now, `version ${ask.version.version} waits for approval to ${ask.environment}`);
}

function whyNotNow(state: LifecycleState, endpoint: OwnedEndpoint, ask: RolloutRequested): string | null {
  if (state.retired) return `${state.spec.model} is retired`;
  if (state.paused) return `${state.spec.model} is paused; send "resume" and deploy again`;
  const under = endpoint.rollout;
  if (under && under.workflowId !== ask.workflowId)
    return `${under.workflowId} rolls out version ${under.version.version} to ${endpoint.environment}`;
  if (endpoint.routes.current?.packageDigest === ask.version.packageDigest)
    return `version ${ask.version.version} serves ${endpoint.environment} already`;
  return null;
}

function refuseRollout(state: LifecycleState, ask: RolloutRequested, reason: string): void {
  answerRun(state, ask, { kind: 'refused', reason, serving: servingIn(state, ask.environment) });
}

/** The gate an answer means, or why it means none. */
export function findGate(state: LifecycleState, answer: Answer): Gate | string {
  const named = state.gates.filter(
    (g) =>
      (answer.environment === undefined || g.environment === answer.environment) &&
      (answer.version === undefined || g.version === answer.version) &&
      (answer.gate === undefined || g.gate === answer.gate),
  );
  const waiting = state.gates.map((g) => `version ${g.version} for ${g.environment} (gate ${g.gate})`).join(', ');
  if (state.gates.length === 0) return 'NOTHING_WAITING: nothing waits for an approval now';
  const gate = named[0];
  if (gate === undefined) return `NOTHING_WAITING: the answer names nothing that waits; waiting: ${waiting}`;
  if (named.length > 1)
    return `ANSWER_AMBIGUOUS: say which with "environment", "version" or "gate"; waiting: ${waiting}`;
  if (answer.modelDigest !== undefined && answer.modelDigest !== gate.modelDigest)
    return `ANSWER_MISMATCH: modelDigest is not that of version ${gate.version}, ${gate.modelDigest}`;
  if (answer.evidenceDigest !== undefined && answer.evidenceDigest !== gate.evidenceDigest)
    return `ANSWER_MISMATCH: evidenceDigest is not that of version ${gate.version}, ${gate.evidenceDigest}`;
  if (state.signaturesRequired)
    return 'SIGNATURE_REQUIRED: this worker runs in the production profile, where an unsigned answer counts for nothing';
  if (state.factsToRecord.length >= limits.factsToRecord) {
    return 'LEDGER_UNAVAILABLE: the ledger is far behind, and an answer must be in it before it counts; answer again later';
  }
  return gate;
}

/** A person's answer: recorded as a fact first; only then may the rollout go on. */
export function answerGate(
  state: LifecycleState,
  decision: 'approve' | 'reject',
  answer: Answer,
  requestId: string,
  origin: { workflowId: string },
  now: number,
): CommandReply {
  const gate = findGate(state, answer);
  if (typeof gate === 'string') return refuse(state, now, decision, gate, requestId);
  state.gates = state.gates.filter((g) => g.gate !== gate.gate);
  recordAnswer(state, gate, decision, answer, origin, now);
  const endpoint = endpointOf(state, gate.environment);
  const verb = decision === 'approve' ? 'approved' : 'rejected';
  note(state, now, `${answer.by} ${verb} version ${gate.version} for ${gate.environment}`);
  if (decision === 'approve') advanceOn(endpoint, { kind: 'approved', by: answer.by }, now);
  if (decision === 'reject') {
    const reason = `${answer.by} rejected it${answer.comment ? `: ${answer.comment}` : ''}`;
    refuseGate(state, endpoint, { reason, now });
  }
  return accepted(`${verb} version ${gate.version} for ${gate.environment}`, requestId);
}

/** The rollout behind a gate goes no further. */
export function refuseGate(
  state: LifecycleState,
  endpoint: OwnedEndpoint,
  { reason, now }: { reason: string; now: number },
): void {
  const { rollout, routes } = endpoint;
  if (!rollout || !advanceOn(endpoint, { kind: 'stopped' }, now)) return;
  const event = { kind: 'refused', reason, serving: routes.current?.version ?? null } as const;
  state.events.push({ workflowId: rollout.workflowId, runId: rollout.runId, event });
}

function recordAnswer(
  state: LifecycleState,
  gate: Gate,
  decision: 'approve' | 'reject',
  answer: Answer,
  origin: { workflowId: string },
  now: number,
): void {
  state.factsToRecord.push({
    kind: 'approval',
    key: `approval/${state.spec.model}/${gate.gate}`,
    origin: { workflowId: origin.workflowId, step: 'approve' },
    digest: gate.modelDigest,
    edges: [{ from: gate.modelDigest, to: `approval:${state.spec.model}/${gate.gate}`, relation: 'approved' }],
    body: {
      model: state.spec.model,
      version: gate.version,
      environment: gate.environment,
      gate: gate.gate,
      modelDigest: gate.modelDigest,
      evidenceDigest: gate.evidenceDigest,
      decision,
      decidedBy: answer.by,
      comment: answer.comment ?? null,
      decidedAt: timeText(now),
    },
  });
}
