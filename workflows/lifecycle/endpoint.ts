import type { FactInput, Fence, Routes } from '../../schemas/index.js';
import type { Context } from './context.js';
import { isFull } from './handed-on/load.js';
import { tell } from './replies.js';
import { advanceOn, type OwnedRollout } from './rollout.js';
import { type Change, type LifecycleState, limits, type OwnedEndpoint, shorten, timeText } from './state.js';

/*
 * Pure decisions about what should serve. Each one changes the owner's state; the servers and the ledger follow.
 */

interface ChangedRoutes {
  readonly routes: Routes;
  readonly change: Change;
  readonly fence: Fence;
}

/** Routes change under a larger fence; what was not pushed yet is overtaken. */
export function changeRoutes(endpoint: OwnedEndpoint, { routes, change, fence }: ChangedRoutes): void {
  endpoint.routes = routes;
  endpoint.change = { ...change, by: shorten(change.by, 200), reason: shorten(change.reason, 500) };
  endpoint.desired = fence;
}

export const nextGeneration = (endpoint: OwnedEndpoint): Fence => ({
  generation: endpoint.desired.generation + 1,
  step: 0,
});
export const nextStep = (endpoint: OwnedEndpoint): Fence => ({
  generation: endpoint.desired.generation,
  step: endpoint.desired.step + 1,
});

/** The servers hold the endpoint's routes: the fact may be recorded and the rollout told. */
export function routesPushed(state: LifecycleState, endpoint: OwnedEndpoint, ctx: Context): void {
  endpoint.observed = endpoint.desired;
  if (endpoint.change === null) return;
  recordChange(state, { endpoint, change: endpoint.change }, ctx);
  endpoint.change = null;
  const { rollout } = endpoint;
  if (rollout?.phase !== 'atStep') return;
  stepIsDone(state, endpoint, rollout);
  advanceOn(endpoint, { kind: 'promoted' }, ctx.now);
}

/** Tells a rollout that it has what its step asked for. */
export function stepIsDone(state: LifecycleState, { desired }: OwnedEndpoint, rollout: OwnedRollout): void {
  tell(state, rollout, { kind: 'stepDone', step: rollout.step, fence: desired });
}

function recordChange(
  state: LifecycleState,
  { endpoint, change }: { endpoint: OwnedEndpoint; change: Change },
  ctx: Context,
): void {
  const { model } = state.spec;
  const { environment, desired } = endpoint;
  const { generation, step } = desired;
  const digest = change.version?.modelDigest ?? null;
  const serves = change.change === 'aborted' ? endpoint.routes.current : change.version;
  queueChange(state, {
    kind: 'endpointChange',
    key: `endpoint/${model}/${environment}/${generation}.${step}`,
    origin: { workflowId: ctx.workflowId, step: 'deploy' },
    digest,
    edges:
      digest && change.change === 'promoted'
        ? [{ from: digest, to: `endpoint:${model}/${environment}`, relation: 'deployed' }]
        : [],
    body: {
      model,
      environment,
      generation,
      step,
      change: change.change,
      version: serves?.version ?? null,
      modelDigest: serves?.modelDigest ?? null,
      by: change.by,
      reason: change.reason,
      at: timeText(ctx.now),
    },
  });
}

type ChangeFact = Extract<FactInput, { kind: 'endpointChange' }>;

/** Where many facts wait for a ledger that is down, the newest change of an endpoint stands for those before it. */
function queueChange(state: LifecycleState, fact: ChangeFact): void {
  const same = (f: FactInput) => f.kind === 'endpointChange' && f.body.environment === fact.body.environment;
  const last = state.factsToRecord.findLastIndex(same);
  const isTooMuch = state.factsToRecord.length >= limits.factsToRecord || isFull(state);
  if (isTooMuch && last >= limits.recordBatch) state.factsToRecord.splice(last, 1);
  state.factsToRecord.push(fact);
}
