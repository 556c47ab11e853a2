import type { RolloutAbandoned, RolloutStep } from '../../schemas/index.js';
import { changeRoutes, nextGeneration, nextStep, stepIsDone } from './endpoint.js';
import { answerRun, servingIn } from './replies.js';
import { stopRollout } from './rollback.js';
import { advanceOn, type OwnedRollout } from './rollout.js';
import { isReconciled, type LifecycleState, note, type OwnedEndpoint } from './state.js';

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

export const isGrantable = (state: LifecycleState) => state.endpoints.some(mayBeGranted(state));

/** Grants every rollout that may go on to load its version and move the routes. */
export function grantApproved(state: LifecycleState, now: number): void {
  for (const endpoint of state.endpoints.filter(mayBeGranted(state))) {
    advanceOn(endpoint, { kind: 'granted', before: endpoint.routes }, now);
    if (!endpoint.rollout) continue;
    const { workflowId, runId, approvedBy } = endpoint.rollout;
    endpoint.desired = nextGeneration(endpoint);
    endpoint.observed = endpoint.desired;
    const firstVersion = endpoint.routes.current === null;
    const event = { kind: 'granted', fence: endpoint.desired, approvedBy: approvedBy ?? '', firstVersion } as const;
    state.events.push({ workflowId, runId, event });
  }
}

/** A granted rollout asks for what its next step needs. While the model is paused the step is kept for its `resume`. */
export function takeStep(state: LifecycleState, ask: RolloutStep, now: number): void {
  const { environment, step, wants } = ask;
  const endpoint = state.endpoints.find((e) => e.environment === environment);
  if (endpoint?.rollout?.runId !== ask.runId) return tellStranger(state, ask);
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
}

/** A run that its owner does not know (it was reset, or its owner began anew) would wait for an event in vain. */
function tellStranger(state: LifecycleState, ask: RolloutStep): void {
  const reason = 'the owner does not know this run of the deployment; start it again';
  answerRun(state, ask, { kind: 'stopped', by: 'owner', reason, serving: servingIn(state, ask.environment) });
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
export function abandonRollout(state: LifecycleState, ask: RolloutAbandoned, now: number): void {
  const endpoint = state.endpoints.find((e) => e.environment === ask.environment);
  if (endpoint?.rollout?.runId !== ask.runId) return;
  const { workflowId, runId, approvedBy } = endpoint.rollout;
  if (ask.unlessApproved && approvedBy !== null) {
    answerRun(state, { workflowId, runId }, { kind: 'approved', by: approvedBy });
    return;
  }
  stopRollout(state, endpoint, { by: 'deployModel', reason: ask.reason, now });
}
