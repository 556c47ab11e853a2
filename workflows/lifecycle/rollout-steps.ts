import type { GiveUp, StepAsk } from '../../schemas/index.js';
import { changeRoutes, nextGeneration, nextStep, stepIsDone } from './endpoint.js';
import { refuseGate } from './gate.js';
import { servesAlready, servingIn, tell } from './replies.js';
import { stopRollout } from './rollback.js';
import { advanceOn, type OwnedRollout } from './rollout.js';
import { isReconciled, type LifecycleState, limits, note, type OwnedEndpoint, remember } from './state.js';

/*
 * Pure decisions about a rollout whose approval is recorded: it is granted, moves the routes step by step, or gives up.
 */

/**
 * A rollout may be granted once its approval is in the ledger and the servers have what its endpoint had before. What else
 * is to be recorded meanwhile does not hold it up.
 */
const mayBeGranted = (state: LifecycleState) => (endpoint: OwnedEndpoint) =>
  !state.paused &&
  endpoint.rollout?.phase === 'recording' &&
  isRecorded(state, endpoint.rollout) &&
  endpoint.isObserved &&
  isReconciled(endpoint);

const isRecorded = ({ factsToRecord }: LifecycleState, { gate }: OwnedRollout) =>
  !factsToRecord.some((f) => (f.kind === 'approval' || f.kind === 'gateDecision') && f.body.gate === gate);

/** An endpoint whose rollout may be granted. */
export const grantable = (state: LifecycleState) => state.endpoints.find(mayBeGranted(state));

interface Grant {
  /** what the rollout's steps must name */
  readonly nonce: string;
  readonly now: number;
}

/** Grants an approved rollout: it may load its version and move the routes. One whose version serves meanwhile is refused. */
export function grantApproved(state: LifecycleState, endpoint: OwnedEndpoint, { nonce, now }: Grant): void {
  const { rollout, routes, environment } = endpoint;
  if (!rollout || !mayBeGranted(state)(endpoint)) return;
  const { version } = rollout.version;
  if (routes.current?.packageDigest === rollout.version.packageDigest)
    return refuseGate(state, endpoint, { reason: servesAlready(version, environment), now });
  advanceOn(endpoint, { kind: 'granted', before: routes, nonce }, now);
  endpoint.desired = nextGeneration(endpoint);
  endpoint.observed = endpoint.desired;
  const firstVersion = routes.current === null;
  const approvedBy = rollout.approvedBy ?? '';
  tell(state, rollout, { kind: 'granted', fence: endpoint.desired, approvedBy, firstVersion, nonce });
}

/** Run ids are no secret: a rollout is known by its workflow's, too. */
const isOf = (rollout: OwnedRollout | null | undefined, { workflowId, runId }: StepAsk | GiveUp): boolean =>
  rollout?.workflowId === workflowId && rollout.runId === runId;

/** A granted rollout asks for what its next step needs. While the model is paused the step is kept for its `resume`. */
export function takeStep(state: LifecycleState, ask: StepAsk, now: number): void {
  const { environment, step, wants } = ask;
  const endpoint = state.endpoints.find((e) => e.environment === environment);
  if (!isOf(endpoint?.rollout, ask) || endpoint?.rollout?.nonce !== ask.nonce) return tellStranger(state, ask);
  if (state.paused) {
    endpoint.rollout = { ...endpoint.rollout, held: ask };
    return;
  }
  if (!advanceOn(endpoint, { kind: 'stepAsked', step, wants: wants.kind }, now) || !endpoint.rollout) return;
  const { version } = endpoint.rollout;
  if (wants.kind === 'share') return routeShare(endpoint, endpoint.rollout, wants.share);
  if (wants.kind === 'pause')
    return note(state, now, `version ${version.version} to ${environment} waits for "resume" at step ${step + 1}`);
  routeAll(endpoint, endpoint.rollout);
  note(state, now, `version ${version.version} promoted to ${environment}`);
}

function routeShare(endpoint: OwnedEndpoint, { version, before, approvedBy }: OwnedRollout, share: number): void {
  const reason = `candidate with share ${share}`;
  changeRoutes(endpoint, {
    routes: { ...before, candidate: { ...version, share } },
    change: { change: 'candidate', version, by: approvedBy ?? '', reason },
    fence: nextStep(endpoint),
  });
}

function routeAll(endpoint: OwnedEndpoint, { version, before, approvedBy }: OwnedRollout): void {
  changeRoutes(endpoint, {
    routes: { current: version, candidate: null, previous: before.current },
    change: { change: 'promoted', version, by: approvedBy ?? '', reason: 'every check passed' },
    fence: nextStep(endpoint),
  });
  endpoint.lastRolledOut = version;
  remember(endpoint.promoted, version, limits.promoted);
}

/** A run that its owner does not know (it was reset, or its owner began anew) would wait for an event in vain. */
function tellStranger(state: LifecycleState, ask: StepAsk): void {
  const reason = 'the owner does not know this run of the deployment; start it again';
  tell(state, ask, { kind: 'stopped', by: 'owner', reason, serving: servingIn(state, ask.environment) });
}

/** The model is no longer paused: what rollouts asked for meanwhile is done. */
export function takeHeldSteps(state: LifecycleState, now: number): void {
  for (const endpoint of state.endpoints) {
    if (!endpoint.rollout?.held) continue;
    const { held, ...rollout } = endpoint.rollout;
    endpoint.rollout = rollout;
    takeStep(state, held, now);
  }
}

/** The rollouts that wait at a pause, of one environment where it is named, go on. Says which. */
export function resumeRollouts(
  state: LifecycleState,
  { by, environment }: { by: string; environment?: string | undefined },
  now: number,
): string[] {
  const isMeant = (e: OwnedEndpoint) => environment === undefined || e.environment === environment;
  return state.endpoints.filter(isMeant).flatMap((endpoint) => {
    if (!advanceOn(endpoint, { kind: 'resumed' }, now) || !endpoint.rollout) return [];
    stepIsDone(state, endpoint, endpoint.rollout);
    const what = `the rollout of version ${endpoint.rollout.version.version} to ${endpoint.environment}`;
    note(state, now, `${by} resumed ${what}`);
    return [what];
  });
}

/** A rollout gives up by itself. One whose time for answers is over may not know that the answer came in time. */
export function abandonRollout(state: LifecycleState, ask: GiveUp, now: number): void {
  const endpoint = state.endpoints.find((e) => e.environment === ask.environment);
  if (!isOf(endpoint?.rollout, ask) || !endpoint?.rollout) return;
  const { approvedBy } = endpoint.rollout;
  if (ask.unlessApproved && approvedBy !== null) return tell(state, ask, { kind: 'approved', by: approvedBy });
  stopRollout(state, endpoint, { by: 'deployModel', reason: ask.reason, now });
}
