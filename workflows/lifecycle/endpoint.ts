import { isNewer } from '../../schemas/endpoint.js';
import type { FactInput, Fence, Routes } from '../../schemas/index.js';
import { type Change, isPushed, type LifecycleState, limits, type OwnedEndpoint, shorten, timeText } from './state.js';

/*
 * Pure decisions about what should serve. Each one changes the owner's state; the servers and the ledger follow.
 */

/** Routes change under a larger fence; what was not pushed yet is overtaken. */
export function changeRoutes(endpoint: OwnedEndpoint, routes: Routes, change: Change, fence: Fence): void {
  endpoint.routes = routes;
  endpoint.change = { ...change, by: shorten(change.by, 200), reason: shorten(change.reason, 500) };
  endpoint.fence = fence;
}

export const nextGeneration = (endpoint: OwnedEndpoint): Fence => ({
  generation: endpoint.fence.generation + 1,
  step: 0,
});
export const nextStep = (endpoint: OwnedEndpoint): Fence => ({
  generation: endpoint.fence.generation,
  step: endpoint.fence.step + 1,
});

/** The servers hold the routes of `fence`: the fact may be recorded and the rollout told. */
export function routesPushed(
  st: LifecycleState,
  endpoint: OwnedEndpoint,
  fence: Fence,
  origin: { workflowId: string },
  now: number,
): void {
  endpoint.pushed = fence;
  if (!isPushed(endpoint) || endpoint.change === null) return;
  recordChange(st, endpoint, endpoint.change, origin, now);
  endpoint.change = null;
  const rollout = endpoint.rollout;
  if (!rollout || (rollout.phase !== 'canary' && rollout.phase !== 'full')) return;
  st.outgoing.push({
    workflowId: rollout.workflowId,
    runId: rollout.runId,
    news: { kind: 'stepDone', step: rollout.phase, fence },
  });
  if (rollout.phase === 'full') endpoint.rollout = null;
}

function recordChange(
  st: LifecycleState,
  endpoint: OwnedEndpoint,
  change: Change,
  origin: { workflowId: string },
  now: number,
): void {
  const { generation, step } = endpoint.fence;
  const digest = change.version?.modelDigest ?? null;
  queueChange(st, {
    kind: 'endpointChange',
    key: `endpoint/${st.spec.model}/${endpoint.environment}/${generation}.${step}`,
    origin: { workflowId: origin.workflowId, step: 'deploy' },
    digest: digest ?? '',
    edges:
      digest && change.change === 'promoted'
        ? [{ from: digest, to: `endpoint:${st.spec.model}/${endpoint.environment}`, relation: 'deployed' }]
        : [],
    body: {
      model: st.spec.model,
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
function queueChange(st: LifecycleState, fact: ChangeFact): void {
  const same = (f: FactInput) => f.kind === 'endpointChange' && f.body.environment === fact.body.environment;
  const last = st.outbox.findLastIndex(same);
  const isFull = st.outbox.length >= limits.outbox && last >= limits.recordBatch;
  if (isFull) st.outbox.splice(last, 1);
  st.outbox.push(fact);
}

/**
 * What the server has when its owner first asks: a lifecycle that starts anew takes over where another ended. How the
 * version that serves came there is not known; a rollback leaves it.
 */
export function adoptEndpoint(endpoint: OwnedEndpoint, fence: Fence, routes: Routes): void {
  endpoint.known = true;
  if (!isNewer(fence, endpoint.fence)) return;
  endpoint.fence = fence;
  endpoint.pushed = fence;
  endpoint.routes = routes;
  endpoint.lastRolledOut = routes.current;
}
