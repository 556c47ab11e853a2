import type { Answer, CommandReply, Gate, RolloutAbandoned, RolloutRequested, RolloutStep } from '../schemas/index.js';
import { changeRoutes, isGranted, nextGeneration, nextStep, stopRollout } from './lifecycle-endpoint.js';
import {
  accepted,
  endpointOf,
  endpointOrNone,
  isPushed,
  type LifecycleState,
  limits,
  note,
  type OwnedEndpoint,
  refuse,
  timeText,
} from './lifecycle-state.js';

/*
 * Pure decisions about gates: a rollout asks, a person answers, the owner grants and moves the routes step by step.
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

/** A flood of questions is not answered one by one: what is not delivered yet bounds what may be added. */
function refuseRollout(st: LifecycleState, ask: RolloutRequested, reason: string): void {
  if (st.outgoing.length >= limits.outgoing) return;
  st.outgoing.push({ workflowId: ask.workflowId, runId: ask.runId, news: { kind: 'refused', reason } });
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
    st.outgoing.push({ workflowId: rollout.workflowId, runId: rollout.runId, news: { kind: 'refused', reason } });
    endpoint.rollout = null;
  }
  return accepted(`${verb} version ${gate.version} for ${gate.environment}`, requestId);
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

/** A rollout may be granted once its approval is in the ledger and the servers have what its endpoint had before. */
const mayBeGranted = (st: LifecycleState) => (endpoint: OwnedEndpoint) =>
  st.outbox.length === 0 && endpoint.rollout?.phase === 'recording' && endpoint.known && isPushed(endpoint);

export const isGrantable = (st: LifecycleState) => st.endpoints.some(mayBeGranted(st));

/** Grants every rollout that may go on to load its version and move the routes. */
export function grantApproved(st: LifecycleState): void {
  for (const endpoint of st.endpoints.filter(mayBeGranted(st))) {
    const rollout = endpoint.rollout;
    if (!rollout) continue;
    rollout.phase = 'granted';
    endpoint.fence = nextGeneration(endpoint);
    endpoint.pushed = endpoint.fence;
    Object.assign(rollout, { before: endpoint.routes });
    st.outgoing.push({
      workflowId: rollout.workflowId,
      runId: rollout.runId,
      news: {
        kind: 'granted',
        fence: endpoint.fence,
        approvedBy: rollout.approvedBy ?? '',
        firstVersion: endpoint.routes.current === null,
      },
    });
  }
}

/** A granted rollout asks for its next change of routes. */
export function takeStep(st: LifecycleState, ask: RolloutStep, now: number): void {
  const endpoint = st.endpoints.find((e) => e.environment === ask.environment);
  const rollout = endpoint?.rollout;
  if (!endpoint || !rollout || rollout.runId !== ask.runId) return;
  if (!isGranted(rollout) || rollout.phase === ask.step || rollout.phase === 'full') return;
  const { version, before } = rollout;
  const by = rollout.approvedBy ?? '';
  rollout.phase = ask.step;
  if (ask.step === 'canary') {
    const routes = { ...before, canary: { ...version, share: ask.share } };
    changeRoutes(
      endpoint,
      routes,
      { change: 'canary', version, by, reason: `canary with share ${ask.share}` },
      nextStep(endpoint),
    );
    return;
  }
  const routes = { current: version, canary: null, previous: before.current };
  changeRoutes(endpoint, routes, { change: 'promoted', version, by, reason: 'every check passed' }, nextStep(endpoint));
  endpoint.lastRolledOut = version;
  if ((st.spec.monitor || st.spec.retrain.every) && st.schedules === 'none') st.schedules = 'wanted';
  note(st, now, `version ${version.version} promoted to ${ask.environment}`);
}

/** A rollout gives up by itself. */
export function abandonRollout(st: LifecycleState, ask: RolloutAbandoned, now: number): void {
  const endpoint = st.endpoints.find((e) => e.environment === ask.environment);
  if (endpoint?.rollout?.runId !== ask.runId) return;
  stopRollout(st, endpoint, { by: 'deployModel', reason: ask.reason }, now);
}
