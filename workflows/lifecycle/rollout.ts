import type { RolloutAbandoned, RolloutStep } from '../../schemas/index.js';
import { changeRoutes, nextGeneration, nextStep } from './endpoint.js';
import { answerRun, servingIn } from './replies.js';
import { isGranted, stopRollout } from './rollback.js';
import { isReconciled, type LifecycleState, note, type OwnedEndpoint } from './state.js';

/*
 * Pure decisions about a rollout whose approval is recorded: it is granted, moves the routes step by step, or gives up.
 */

/** A rollout may be granted once its approval is in the ledger and the servers have what its endpoint had before. */
const mayBeGranted = (state: LifecycleState) => (endpoint: OwnedEndpoint) =>
  state.factsToRecord.length === 0 &&
  endpoint.rollout?.phase === 'recording' &&
  endpoint.isObserved &&
  isReconciled(endpoint);

export const isGrantable = (state: LifecycleState) => state.endpoints.some(mayBeGranted(state));

/** Grants every rollout that may go on to load its version and move the routes. */
export function grantApproved(state: LifecycleState): void {
  for (const endpoint of state.endpoints.filter(mayBeGranted(state))) {
    const rollout = endpoint.rollout;
    if (!rollout) continue;
    rollout.phase = 'granted';
    endpoint.desired = nextGeneration(endpoint);
    endpoint.observed = endpoint.desired;
    Object.assign(rollout, { before: endpoint.routes });
    state.events.push({
      workflowId: rollout.workflowId,
      runId: rollout.runId,
      event: {
        kind: 'granted',
        fence: endpoint.desired,
        approvedBy: rollout.approvedBy ?? '',
        firstVersion: endpoint.routes.current === null,
      },
    });
  }
}

/** A granted rollout asks for its next change of routes. */
export function takeStep(state: LifecycleState, ask: RolloutStep, now: number): void {
  const endpoint = state.endpoints.find((e) => e.environment === ask.environment);
  const rollout = endpoint?.rollout;
  if (!endpoint || !rollout || rollout.runId !== ask.runId) return tellStranger(state, ask);
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
  if ((state.spec.monitor || state.spec.retrain.every) && state.schedules === 'none') state.schedules = 'wanted';
  note(state, now, `version ${version.version} promoted to ${ask.environment}`);
}

/** A run that its owner does not know (it was reset, or its owner began anew) would wait for an event in vain. */
function tellStranger(state: LifecycleState, ask: RolloutStep): void {
  const reason = 'the owner does not know this run of the deployment; start it again';
  answerRun(state, ask, { kind: 'stopped', by: 'owner', reason, serving: servingIn(state, ask.environment) });
}

/** A rollout gives up by itself. */
export function abandonRollout(state: LifecycleState, ask: RolloutAbandoned, now: number): void {
  const endpoint = state.endpoints.find((e) => e.environment === ask.environment);
  if (endpoint?.rollout?.runId !== ask.runId) return;
  stopRollout(state, endpoint, { by: 'deployModel', reason: ask.reason }, now);
}
