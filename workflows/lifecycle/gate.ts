import {
  type Answer,
  approvalsOf,
  type CommandReply,
  type Gate,
  type GateAnswer,
  type GateAsk,
  GatePolicy,
  isSamePerson,
} from '../../schemas/index.js';
import { decideGate, type GateDecision, isExpired, whyNotCounted } from '../../statistics/verdicts/gate.js';
import type { Context } from './context.js';
import { answerFact, decisionFact } from './gate-facts.js';
import { hasRoomFor } from './handed-on/load.js';
import {
  accepted,
  type Refusal,
  refuse,
  servesAlready,
  servingIn,
  tell,
  tellHeld,
  unchanged,
  whyUnproven,
} from './replies.js';
import { stopRollout } from './rollback.js';
import { advanceOn, waitingRollout } from './rollout.js';
import {
  endpointOf,
  endpointOrNone,
  type LifecycleState,
  limits,
  note,
  type OwnedEndpoint,
  shorten,
  timeText,
} from './state.js';

/*
 * Pure decisions about gates: a rollout asks, a person answers. What follows is in rollout-steps.
 */

/** Opens a gate, or refuses the rollout when another one is under way. */
export function openGate(state: LifecycleState, ask: GateAsk, now: number): void {
  if (wasEnded(state, ask.runId)) return;
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
    policy: policyOf(state, ask),
    answers: [],
    given: 0,
  });
  note(state, now, `version ${ask.version.version} waits for approval to ${ask.environment}`);
}

/** It was told so already, and may not have heard yet. */
const wasEnded = ({ told }: LifecycleState, runId: string) =>
  told.some((t) => t.runId === runId && (t.event.kind === 'refused' || t.event.kind === 'stopped'));

/** The owner's own policy for an environment stands: who starts a deployment cannot lower it. */
function policyOf({ spec }: LifecycleState, ask: GateAsk): GatePolicy {
  const own = spec.environments.find(({ name }) => name === ask.environment);
  return own?.policy ?? ask.policy ?? GatePolicy.parse({});
}

function whyNotNow(state: LifecycleState, endpoint: OwnedEndpoint, ask: GateAsk): string | null {
  if (state.retired) return `${state.spec.model} is retired`;
  if (state.paused) return `${state.spec.model} is paused; send "resume" and deploy again`;
  const under = endpoint.rollout;
  if (under && under.workflowId !== ask.workflowId)
    return `${under.workflowId} rolls out version ${under.version.version} to ${endpoint.environment}`;
  if (endpoint.routes.current?.packageDigest === ask.version.packageDigest)
    return servesAlready(ask.version.version, endpoint.environment);
  if (!hasRoomFor(state, ask)) return 'too much waits to be recorded or pushed; deploy again later';
  return null;
}

function refuseRollout(state: LifecycleState, ask: GateAsk, reason: string): void {
  tell(state, ask, { kind: 'refused', reason, serving: servingIn(state, ask.environment) });
}

export type FoundGate =
  | { readonly kind: 'found'; readonly gate: Gate }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The gate an answer means, or why it means none, or may not be given. Who answered is asked last. */
export function findGate(state: LifecycleState, answer: Answer): FoundGate {
  const named = state.gates.filter((gate) => isNamed(gate, answer));
  const refusal = whyNone(state, named) ?? (named[0] ? whyNotThis(state, named[0], answer) : null);
  if (refusal !== null || named[0] === undefined) return { kind: 'refused', refusal: refusal ?? nothingWaits };
  return { kind: 'found', gate: named[0] };
}

const nothingWaits: Refusal = { code: 'NOTHING_WAITING', message: 'nothing waits for an approval now' };

const isNamed = (gate: Gate, { environment, version, gate: name }: Answer) =>
  (environment === undefined || gate.environment === environment) &&
  (version === undefined || gate.version === version) &&
  (name === undefined || gate.gate === name);

function whyNone(state: LifecycleState, named: readonly Gate[]): Refusal | null {
  const waiting = state.gates.map((g) => `version ${g.version} for ${g.environment} (gate ${g.gate})`).join(', ');
  if (state.gates.length === 0) return nothingWaits;
  if (named.length === 0)
    return { code: 'NOTHING_WAITING', message: `the answer names nothing that waits; waiting: ${waiting}` };
  if (named.length === 1) return null;
  const message = `say which with "environment", "version" or "gate"; waiting: ${waiting}`;
  return { code: 'ANSWER_AMBIGUOUS', message };
}

function whyNotThis(state: LifecycleState, gate: Gate, answer: Answer): Refusal | null {
  const notThat = (field: 'modelDigest' | 'evidenceDigest'): Refusal | null =>
    answer[field] === undefined || answer[field] === gate[field]
      ? null
      : { code: 'ANSWER_MISMATCH', message: `${field} is not that of version ${gate.version}, ${gate[field]}` };
  const notCounted = whyNotCounted(gate.policy, answer.by);
  return (
    notThat('modelDigest') ??
    notThat('evidenceDigest') ??
    (notCounted === null ? null : { code: 'ANSWER_NOT_ALLOWED', message: notCounted }) ??
    whyLedgerBehind(state) ??
    whyUnproven(state, 'an unsigned answer counts for nothing')
  );
}

function whyLedgerBehind({ factsToRecord }: LifecycleState): Refusal | null {
  if (factsToRecord.length < limits.factsToRecord) return null;
  const message = 'the ledger is far behind, and an answer must be in it before it counts; answer again later';
  return { code: 'LEDGER_UNAVAILABLE', message };
}

export interface AnswerGiven {
  readonly decision: 'approve' | 'reject';
  readonly answer: Answer;
  readonly requestId: string;
}

const said = { approve: 'approved', reject: 'rejected' } as const;

/** A person's answer: recorded as a fact; only once the decision that it helps to is recorded may the rollout go on. */
export function answerGate(state: LifecycleState, given: AnswerGiven, ctx: Context): CommandReply {
  const { decision, answer, requestId } = given;
  const found = findGate(state, answer);
  if (found.kind === 'refused') return refuse(state, { name: decision, refusal: found.refusal, requestId }, ctx);
  const gate = withoutExpired(found.gate, ctx);
  if (gate.answers.some((a) => isSamePerson(a.by, answer.by) && a.decision === decision))
    return unchanged(`${answer.by} ${said[decision]} version ${gate.version} before; ${approvalsOf(gate)}`, requestId);
  const now = timeText(ctx.now);
  const { by, comment, signature = null } = answer;
  const counted: GateAnswer = { by, decision, comment: shorten(comment ?? '') || null, at: now, provenBy: 'unsigned' };
  const answered = { ...gate, answers: [...gate.answers, counted], given: gate.given + 1 };
  state.gates = state.gates.map((g) => (g === found.gate ? answered : g));
  const about = `version ${gate.version} for ${gate.environment}`;
  const inFull = { gate: answered, answer: counted, comment: comment ?? null, signature };
  state.factsToRecord.push(answerFact(state, inFull, ctx));
  note(state, ctx.now, `${by} ${said[decision]} ${about}${decision === 'approve' ? howFar(answered) : ''}`);
  const came = decideGate(gate.policy, answered.answers, ctx.now);
  if (came.kind === 'open') return accepted(`${said[decision]} ${about}: ${approvalsOf(answered)}`, requestId);
  closeGate(state, { gate: answered, came }, ctx);
  return accepted(`${said[decision]} ${about}`, requestId);
}

/** In the history: of several people who are needed, this one is the first, or the second. */
const howFar = ({ policy, answers }: Gate) => (policy.quorum === 1 ? '' : ` (${answers.length} of ${policy.quorum})`);

/** An approval that has expired makes room: its person may give it again. */
const withoutExpired = (gate: Gate, { now }: Context): Gate => ({
  ...gate,
  answers: gate.answers.filter(({ at }) => !isExpired(gate.policy, at, now)),
});

interface Closing {
  readonly gate: Gate;
  readonly came: Exclude<GateDecision, { kind: 'open' }>;
}

function closeGate(state: LifecycleState, { gate, came }: Closing, ctx: Context): void {
  state.gates = state.gates.filter((g) => g.gate !== gate.gate);
  const endpoint = endpointOf(state, gate.environment);
  const by = came.kind === 'approved' ? came.by : [came.by];
  const reason = came.kind === 'approved' ? `approved by ${by.join(' and ')}` : rejectionInWords(came);
  state.factsToRecord.push(decisionFact(state, { gate, decision: came.kind, by: [...by], reason }, ctx));
  if (came.kind === 'approved') approveRollout(state, endpoint, { by: by.join(', '), now: ctx.now });
  else refuseGate(state, endpoint, { reason, now: ctx.now });
}

function approveRollout(
  state: LifecycleState,
  endpoint: OwnedEndpoint,
  { by, now }: { by: string; now: number },
): void {
  advanceOn(endpoint, { kind: 'approved', by }, now);
  if (state.paused) tellHeld(state);
}

const rejectionInWords = ({ by, comment }: Extract<GateDecision, { kind: 'rejected' }>) =>
  `${by} rejected it${comment ? `: ${comment}` : ''}`;

/** The rollout behind a gate goes no further. */
export function refuseGate(
  state: LifecycleState,
  endpoint: OwnedEndpoint,
  { reason, now }: { reason: string; now: number },
): void {
  const { rollout, routes } = endpoint;
  if (!rollout || !advanceOn(endpoint, { kind: 'stopped' }, now)) return;
  tell(state, rollout, { kind: 'refused', reason, serving: routes.current?.version ?? null });
}

/** An answer that the ledger refused counts for nothing: the gate waits on without it. */
export function dropAnswer(state: LifecycleState, gateName: string, by: string): void {
  state.gates = state.gates.map((gate) =>
    gate.gate === gateName ? { ...gate, answers: gate.answers.filter((answer) => answer.by !== by) } : gate,
  );
}
