import type { FactInput, Fence, Routes } from '../../schemas/index.js';
import {
  type Change,
  isReconciled,
  type LifecycleState,
  limits,
  type OwnedEndpoint,
  shorten,
  timeText,
} from './state.js';

/*
 * Pure decisions about what should serve. Each one changes the owner's state; the servers and the ledger follow.
 */

/** Routes change under a larger fence; what was not pushed yet is overtaken. */
export function changeRoutes(endpoint: OwnedEndpoint, routes: Routes, change: Change, fence: Fence): void {
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

/** The servers hold the routes of `fence`: the fact may be recorded and the rollout told. */
export function routesPushed(
  state: LifecycleState,
  endpoint: OwnedEndpoint,
  fence: Fence,
  origin: { workflowId: string },
  now: number,
): void {
  endpoint.observed = fence;
  if (!isReconciled(endpoint) || endpoint.change === null) return;
  recordChange(state, endpoint, endpoint.change, origin, now);
  endpoint.change = null;
  const rollout = endpoint.rollout;
  if (!rollout || (rollout.phase !== 'canary' && rollout.phase !== 'full')) return;
  state.events.push({
    workflowId: rollout.workflowId,
    runId: rollout.runId,
    event: { kind: 'stepDone', step: rollout.phase, fence },
  });
  if (rollout.phase === 'full') endpoint.rollout = null;
}

function recordChange(
  state: LifecycleState,
  endpoint: OwnedEndpoint,
  change: Change,
  origin: { workflowId: string },
  now: number,
): void {
  const { generation, step } = endpoint.desired;
  const digest = change.version?.modelDigest ?? null;
  queueChange(state, {
    kind: 'endpointChange',
    key: `endpoint/${state.spec.model}/${endpoint.environment}/${generation}.${step}`,
    origin: { workflowId: origin.workflowId, step: 'deploy' },
    digest: digest ?? '',
    edges:
      digest && change.change === 'promoted'
        ? [{ from: digest, to: `endpoint:${state.spec.model}/${endpoint.environment}`, relation: 'deployed' }]
        : [],
    body: {
      model: state.spec.model,
      environment: endpoint.environment,
      generation,
      step,
      change: change.change,
      version:
        change.change === 'aborted' ? (endpoint.routes.current?.version ?? null) : (change.version?.version ?? null),
      modelDigest: change.change === 'aborted' ? (endpoint.routes.current?.modelDigest ?? null) : digest,
      by: change.by,
      reason: change.reason,
      at: timeText(now),
    },
  });
}

type ChangeFact = Extract<FactInput, { kind: 'endpointChange' }>;

/** Where many facts wait for a ledger that is down, the newest change of an endpoint stands for those before it. */
function queueChange(state: LifecycleState, fact: ChangeFact): void {
  const same = (f: FactInput) => f.kind === 'endpointChange' && f.body.environment === fact.body.environment;
  const last = state.factsToRecord.findLastIndex(same);
  const isFull = state.factsToRecord.length >= limits.factsToRecord && last >= limits.recordBatch;
  if (isFull) state.factsToRecord.splice(last, 1);
  state.factsToRecord.push(fact);
}

/**
 * What the server has when its owner first asks: a lifecycle that starts anew takes over where another ended. How the
 * version that serves came there is not known; a rollback leaves it.
 */
export function adoptEndpoint(endpoint: OwnedEndpoint, fence: Fence, routes: Routes): void {
  endpoint.isObserved = true;
  if (!isNewer(fence, endpoint.desired)) return;
  endpoint.desired = fence;
  endpoint.observed = fence;
  endpoint.routes = routes;
  endpoint.lastRolledOut = routes.current;
}

export const isNewer = (a: Fence, b: Fence) =>
  a.generation > b.generation || (a.generation === b.generation && a.step > b.step);
