import type { Fence, Rollback, Routes, ServedVersion } from '../schemas/index.js';
import { type Change, type LifecycleState, type OwnedEndpoint, endpointOf, isPushed, note, timeText } from './lifecycle-state.js';

/*
 * Pure decisions about what should serve. Each one changes the owner's state; the servers and the ledger follow.
 */

/** Routes change under a larger fence; what was not pushed yet is overtaken. */
export function changeRoutes(endpoint: OwnedEndpoint, routes: Routes, change: Change, fence: Fence): void {
  endpoint.routes = routes;
  endpoint.change = change;
  endpoint.fence = fence;
}

export const nextGeneration = (endpoint: OwnedEndpoint): Fence => ({ generation: endpoint.fence.generation + 1, step: 0 });
export const nextStep = (endpoint: OwnedEndpoint): Fence => ({
  generation: endpoint.fence.generation,
  step: endpoint.fence.step + 1,
});

export interface RollbackDecision {
  readonly kind: 'rolledBack' | 'noop' | 'refused';
  readonly message: string;
}

/**
 * Returns an endpoint to an earlier version. A rollout that already took traffic is stopped; without `toVersion` the
 * version last rolled out is left; where the last change was itself a rollback this is a recorded no-op.
 */
export function rollBack(st: LifecycleState, endpoint: OwnedEndpoint, command: Rollback, now: number): RollbackDecision {
  const rollout = endpoint.rollout;
  if (rollout && (rollout.phase === 'canary' || rollout.phase === 'full' || rollout.phase === 'granted')) {
    return stopRollout(st, endpoint, command, now);
  }
  const target = rollbackTarget(endpoint, command.toVersion);
  if (typeof target === 'string') return { kind: endpoint.lastRolledOut === null && endpoint.routes.current ? 'noop' : 'refused', message: target };
  const left = endpoint.routes.current;
  const routes = { current: target, canary: null, previous: left };
  changeRoutes(endpoint, routes, { change: 'rolledBack', version: target, by: command.by, reason: command.reason }, nextGeneration(endpoint));
  endpoint.lastRolledOut = null;
  note(st, now, `${command.by} rolled ${endpoint.environment} back from version ${left?.version ?? '–'} to ${target.version}: ${command.reason}`);
  return { kind: 'rolledBack', message: `version ${target.version} serves ${endpoint.environment}` };
}

function rollbackTarget(endpoint: OwnedEndpoint, toVersion: number | undefined): ServedVersion | string {
  const { current, previous } = endpoint.routes;
  if (toVersion !== undefined) {
    if (current?.version === toVersion) return `version ${toVersion} serves already`;
    if (previous?.version === toVersion) return previous;
    return `version ${toVersion} is not kept warm (kept: ${previous?.version ?? 'none'}); deploy it instead`;
  }
  if (endpoint.lastRolledOut === null && previous !== null) return 'the last change was itself a rollback; name "toVersion" to go further';
  return previous ?? 'there is no earlier version to return to';
}

/** Takes a rollout off the endpoint and returns to the routes before it. */
export function stopRollout(st: LifecycleState, endpoint: OwnedEndpoint, command: { by: string; reason: string }, now: number): RollbackDecision {
  const rollout = endpoint.rollout;
  if (!rollout) return { kind: 'refused', message: 'no rollout is under way' };
  endpoint.rollout = null;
  st.outgoing.push({ workflowId: rollout.workflowId, runId: rollout.runId, news: { kind: 'stopped', ...command } });
  restoreRoutes(endpoint, rollout.before, { change: 'aborted', version: rollout.version, ...command });
  note(st, now, `${command.by} stopped the rollout of version ${rollout.version.version} to ${endpoint.environment}: ${command.reason}`);
  const serving = rollout.before.current;
  return { kind: 'rolledBack', message: serving ? `version ${serving.version} serves ${endpoint.environment}` : `nothing serves ${endpoint.environment}` };
}

export function restoreRoutes(endpoint: OwnedEndpoint, before: Routes, change: Change): void {
  changeRoutes(endpoint, before, change, nextGeneration(endpoint));
  endpoint.lastRolledOut = null;
}

/** The servers hold the routes of `fence`: the fact may be recorded and the rollout told. */
export function routesPushed(st: LifecycleState, endpoint: OwnedEndpoint, fence: Fence, origin: { workflowId: string }, now: number): void {
  endpoint.pushed = fence;
  if (!isPushed(endpoint) || endpoint.change === null) return;
  recordChange(st, endpoint, endpoint.change, origin, now);
  endpoint.change = null;
  const rollout = endpoint.rollout;
  if (!rollout || (rollout.phase !== 'canary' && rollout.phase !== 'full')) return;
  st.outgoing.push({ workflowId: rollout.workflowId, runId: rollout.runId, news: { kind: 'stepDone', step: rollout.phase, fence } });
  if (rollout.phase === 'full') endpoint.rollout = null;
}

function recordChange(st: LifecycleState, endpoint: OwnedEndpoint, change: Change, origin: { workflowId: string }, now: number): void {
  const { generation, step } = endpoint.fence;
  const digest = change.version?.modelDigest ?? null;
  st.outbox.push({
    kind: 'endpointChange',
    key: `endpoint/${st.spec.model}/${endpoint.environment}/${generation}.${step}`,
    origin: { workflowId: origin.workflowId, step: 'deploy' },
    digest: digest ?? '',
    edges: digest && change.change === 'promoted' ? [{ from: digest, to: `endpoint:${st.spec.model}/${endpoint.environment}`, relation: 'deployed' }] : [],
    body: {
      model: st.spec.model,
      environment: endpoint.environment,
      generation,
      step,
      change: change.change,
      version: change.change === 'aborted' ? (endpoint.routes.current?.version ?? null) : (change.version?.version ?? null),
      modelDigest: change.change === 'aborted' ? (endpoint.routes.current?.modelDigest ?? null) : digest,
      by: change.by,
      reason: change.reason,
      at: timeText(now),
    },
  });
}

/** What the server has when its owner first asks: a lifecycle that starts anew takes over where another ended. */
export function adoptEndpoint(endpoint: OwnedEndpoint, fence: Fence | null, routes: Routes): void {
  endpoint.known = true;
  if (fence === null || !isNewer(fence, endpoint.fence)) return;
  endpoint.fence = fence;
  endpoint.pushed = fence;
  endpoint.routes = routes;
}

/** The server moved without its owner (the second door): that rollback stands, a rollout in its way is stopped. */
export function serverMoved(
  st: LifecycleState,
  endpoint: OwnedEndpoint,
  moved: { fence: Fence; routes: Routes; by: string; reason: string },
  origin: { workflowId: string },
  now: number,
): boolean {
  if (!isNewer(moved.fence, endpoint.fence)) return false;
  const rollout = endpoint.rollout;
  if (rollout) st.outgoing.push({ workflowId: rollout.workflowId, runId: rollout.runId, news: { kind: 'stopped', by: moved.by, reason: moved.reason } });
  Object.assign(endpoint, { known: true, rollout: null, lastRolledOut: null, routes: moved.routes });
  endpoint.change = { change: 'rolledBack', version: moved.routes.current, by: moved.by, reason: moved.reason };
  endpoint.fence = moved.fence;
  st.gates = st.gates.filter((g) => g.environment !== endpoint.environment);
  note(st, now, `${moved.by} rolled ${endpoint.environment} back through the second door: ${moved.reason}`);
  routesPushed(st, endpoint, moved.fence, origin, now);
  return true;
}

export const isNewer = (a: Fence, b: Fence) => a.generation > b.generation || (a.generation === b.generation && a.step > b.step);
