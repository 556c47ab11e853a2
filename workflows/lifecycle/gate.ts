import type { Answer, CommandReply, Gate, RolloutRequested } from '../../schemas/index.js';
import { accepted, answerRun, refuse, servingIn } from './replies.js';
import { stopRollout } from './rollback.js';
import {
  endpointOf,
  endpointOrNone,
  type LifecycleState,
  limits,
  note,
  type OwnedEndpoint,
  type Rollout,
  timeText,
} from './state.js';

/*
 * Pure decisions about gates: a rollout asks, a person answers. What follows is in lifecycle-rollout.
 */

/** Opens a gate, or refuses the rollout when another one is under way. */
export function openGate(st: LifecycleState, ask: RolloutRequested, now: number): void {
  const endpoint = endpointOrNone(st, ask.environment);
  if (endpoint === null) return refuseRollout(st, ask, `${st.spec.model} has too many endpoints already`);
  const under = endpoint.rollout;
  if (under && under.workflowId === ask.workflowId && under.runId === ask.runId) return;
  const reason = whyNotNow(st, endpoint, ask);
  if (reason) return refuseRollout(st, ask, reason);
  if (under) stopRollout(st, endpoint, { by: 'owner', reason: 'its workflow asks again under a new run' }, now);
  // A run id begins with the time: its end is what tells two deployments of one minute apart.
  const gate = `deploy/${ask.environment}/v${ask.version.version}/${ask.runId.slice(-8)}`;
  endpoint.rollout = {
    workflowId: ask.workflowId,
    runId: ask.runId,
    version: ask.version,
    gate,
    phase: 'waiting',
    approvedBy: null,
    before: endpoint.routes,
  };
  st.gates.push({
    gate,
    environment: ask.environment,
    version: ask.version.version,
    modelDigest: ask.version.modelDigest,
    evidenceDigest: ask.evidenceDigest,
    evidence: ask.evidence,
    openedAt: timeText(now),
    workflowId: ask.workflowId,
  });
  note(st, now, `version ${ask.version.version} waits for approval to ${ask.environment}`);
}

function whyNotNow(st: LifecycleState, endpoint: OwnedEndpoint, ask: RolloutRequested): string | null {
  if (st.retired) return `${st.spec.model} is retired`;
  if (st.paused) return `${st.spec.model} is paused; send "resume" and deploy again`;
  const under = endpoint.rollout;
  if (under && under.workflowId !== ask.workflowId)
    return `${under.workflowId} rolls out version ${under.version.version} to ${endpoint.environment}`;
  if (endpoint.routes.current?.packageDigest === ask.version.packageDigest)
    return `version ${ask.version.version} serves ${endpoint.environment} already`;
  return null;
}

function refuseRollout(st: LifecycleState, ask: RolloutRequested, reason: string): void {
  answerRun(st, ask, { kind: 'refused', reason, serving: servingIn(st, ask.environment) });
}

/** The gate an answer means, or why it means none. */
export function findGate(st: LifecycleState, answer: Answer): Gate | string {
  const named = st.gates.filter(
    (g) =>
      (answer.environment === undefined || g.environment === answer.environment) &&
      (answer.version === undefined || g.version === answer.version) &&
      (answer.gate === undefined || g.gate === answer.gate),
  );
  const waiting = st.gates.map((g) => `version ${g.version} for ${g.environment} (gate ${g.gate})`).join(', ');
  if (st.gates.length === 0) return 'NOTHING_WAITING: nothing waits for an approval now';
  const gate = named[0];
  if (gate === undefined) return `NOTHING_WAITING: the answer names nothing that waits; waiting: ${waiting}`;
  if (named.length > 1)
    return `ANSWER_AMBIGUOUS: say which with "environment", "version" or "gate"; waiting: ${waiting}`;
  if (answer.modelDigest !== undefined && answer.modelDigest !== gate.modelDigest)
    return `ANSWER_MISMATCH: modelDigest is not that of version ${gate.version}, ${gate.modelDigest}`;
  if (answer.evidenceDigest !== undefined && answer.evidenceDigest !== gate.evidenceDigest)
    return `ANSWER_MISMATCH: evidenceDigest is not that of version ${gate.version}, ${gate.evidenceDigest}`;
  if (st.signaturesRequired)
    return 'SIGNATURE_REQUIRED: this worker runs in the production profile, where an unsigned answer counts for nothing';
  if (st.outbox.length >= limits.outbox) {
    return 'LEDGER_UNAVAILABLE: the ledger is far behind, and an answer must be in it before it counts; answer again later';
  }
  return gate;
}

/** A person's answer: recorded as a fact first; only then may the rollout go on. */
export function answerGate(
  st: LifecycleState,
  decision: 'approve' | 'reject',
  answer: Answer,
  requestId: string,
  origin: { workflowId: string },
  now: number,
): CommandReply {
  const gate = findGate(st, answer);
  if (typeof gate === 'string') return refuse(st, now, decision, gate, requestId);
  st.gates = st.gates.filter((g) => g.gate !== gate.gate);
  recordAnswer(st, gate, decision, answer, origin, now);
  const endpoint = endpointOf(st, gate.environment);
  const rollout = endpoint.rollout;
  const verb = decision === 'approve' ? 'approved' : 'rejected';
  note(st, now, `${answer.by} ${verb} version ${gate.version} for ${gate.environment}`);
  if (rollout && decision === 'approve') {
    rollout.phase = 'recording';
    rollout.approvedBy = answer.by;
  }
  if (rollout && decision === 'reject') {
    const reason = `${answer.by} rejected it${answer.comment ? `: ${answer.comment}` : ''}`;
    refuseGate(st, endpoint, rollout, reason);
  }
  return accepted(`${verb} version ${gate.version} for ${gate.environment}`, requestId);
}

/** The rollout behind a gate goes no further. */
export function refuseGate(st: LifecycleState, endpoint: OwnedEndpoint, rollout: Rollout, reason: string): void {
  const serving = endpoint.routes.current?.version ?? null;
  const { workflowId, runId } = rollout;
  st.outgoing.push({ workflowId, runId, news: { kind: 'refused', reason, serving } });
  endpoint.rollout = null;
}

function recordAnswer(
  st: LifecycleState,
  gate: Gate,
  decision: 'approve' | 'reject',
  answer: Answer,
  origin: { workflowId: string },
  now: number,
): void {
  st.outbox.push({
    kind: 'approval',
    key: `approval/${st.spec.model}/${gate.gate}`,
    origin: { workflowId: origin.workflowId, step: 'approve' },
    digest: gate.modelDigest,
    edges: [{ from: gate.modelDigest, to: `approval:${st.spec.model}/${gate.gate}`, relation: 'approved' }],
    body: {
      model: st.spec.model,
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
