import { canonicalJson } from '../../schemas/canonical-json.js';
import { isNewer } from '../../schemas/endpoint.js';
import type { Fence, Rollback, Routes, ServedVersion } from '../../schemas/index.js';
import type { Context } from './context.js';
import { changeRoutes, nextGeneration, routesPushed } from './endpoint.js';
import { advanceOn, isGranted, type OwnedRollout } from './rollout.js';
import { isReconciled, type LifecycleState, note, type OwnedEndpoint } from './state.js';

/*
 * Pure decisions about returning to an earlier version: by message, by a rollout that stops, by break-glass rollback.
 */

export interface RollbackDecision {
  readonly kind: 'rolledBack' | 'noop' | 'refused';
  readonly message: string;
}

/** A rollback that was asked for, and when. */
interface Command extends Pick<Rollback, 'by' | 'reason' | 'toVersion'> {
  readonly now: number;
}

/**
 * Returns an endpoint to an earlier version. A rollout that was granted is stopped; without `toVersion` the version
 * last rolled out is left; where the last change was itself a rollback this is a recorded no-op.
 */
export function rollBack(state: LifecycleState, endpoint: OwnedEndpoint, command: Command): RollbackDecision {
  if (endpoint.rollout && isGranted(endpoint.rollout))
    return rollBackRollout(state, { before: endpoint.rollout.before, endpoint }, command);
  const target = rollbackTarget(endpoint, command.toVersion);
  return 'kind' in target ? target : returnTo(state, endpoint, { ...command, target });
}

/** Back to where the rollout began, or to the version that is named and was kept warm beside it. */
function rollBackRollout(
  state: LifecycleState,
  { before, endpoint }: { before: Routes; endpoint: OwnedEndpoint },
  command: Command,
): RollbackDecision {
  const { current, previous } = before;
  const { toVersion } = command;
  if (toVersion === undefined || toVersion === current?.version) return stopRollout(state, endpoint, command);
  if (toVersion !== previous?.version) return notWarm(toVersion, [current, previous]);
  stopRollout(state, endpoint, { ...command, serving: previous });
  return returnTo(state, endpoint, { ...command, target: previous });
}

function rollbackTarget(endpoint: OwnedEndpoint, toVersion: number | undefined): ServedVersion | RollbackDecision {
  const { current, previous } = endpoint.routes;
  if (toVersion !== undefined) {
    if (current?.version === toVersion)
      return { kind: 'noop', message: `version ${toVersion} serves ${endpoint.environment} already` };
    return previous?.version === toVersion ? previous : notWarm(toVersion, [previous]);
  }
  if (previous === null) return { kind: 'refused', message: 'there is no earlier version to return to' };
  if (endpoint.lastRolledOut === null)
    return { kind: 'noop', message: 'the last change was itself a rollback; name "toVersion" to go further' };
  return previous;
}

function notWarm(toVersion: number, kept: (ServedVersion | null)[]): RollbackDecision {
  const versions = kept.flatMap((v) => (v ? [v.version] : [])).join(', ') || 'none';
  return { kind: 'refused', message: `version ${toVersion} is not kept warm (kept: ${versions}); deploy it instead` };
}

function returnTo(
  state: LifecycleState,
  endpoint: OwnedEndpoint,
  { target, by, reason, now }: Command & { target: ServedVersion },
): RollbackDecision {
  const { environment } = endpoint;
  const left = endpoint.routes.current;
  changeRoutes(endpoint, {
    routes: { current: target, candidate: null, previous: left },
    change: { change: 'rolledBack', version: target, by, reason },
    fence: nextGeneration(endpoint),
  });
  endpoint.lastRolledOut = null;
  const what = `from version ${left?.version ?? '–'} to ${target.version}`;
  note(state, now, `${by} rolled ${environment} back ${what}: ${reason}`);
  return { kind: 'rolledBack', message: servesInWords(endpoint) };
}

interface Stop {
  readonly by: string;
  readonly reason: string;
  readonly now: number;
  /** what serves afterwards, where it is not what served before the rollout */
  readonly serving?: ServedVersion | null;
}

/** Stops a rollout and returns to the routes before it, if it may have moved them. */
export function stopRollout(state: LifecycleState, endpoint: OwnedEndpoint, stop: Stop): RollbackDecision {
  const { by, reason } = stop;
  const rollout = dropRollout(state, endpoint, stop);
  if (!rollout) return { kind: 'refused', message: 'no rollout is under way' };
  if (isGranted(rollout)) {
    changeRoutes(endpoint, {
      routes: rollout.before,
      change: { change: 'aborted', version: rollout.version, by, reason },
      fence: nextGeneration(endpoint),
    });
    endpoint.lastRolledOut = null;
  }
  return { kind: 'rolledBack', message: servesInWords(endpoint) };
}

export function servesInWords({ routes, environment }: OwnedEndpoint): string {
  return routes.current ? `version ${routes.current.version} serves ${environment}` : `nothing serves ${environment}`;
}

/** Takes a rollout off the endpoint, closes its gate and tells it; the routes stay as they are. */
function dropRollout(
  state: LifecycleState,
  endpoint: OwnedEndpoint,
  { by, reason, now, serving = servingWithout(endpoint) }: Stop,
): OwnedRollout | null {
  const { rollout, environment } = endpoint;
  if (!rollout || !advanceOn(endpoint, { kind: 'stopped' }, now)) return null;
  const { workflowId, runId, gate, version } = rollout;
  state.gates = state.gates.filter((g) => g.gate !== gate);
  const event = { kind: 'stopped', by, reason, serving: serving?.version ?? null } as const;
  state.events.push({ workflowId, runId, event });
  note(state, now, `${by} stopped the rollout of version ${version.version} to ${environment}: ${reason}`);
  return rollout;
}

/** What serves once the rollout is taken away. */
const servingWithout = ({ rollout, routes }: OwnedEndpoint): ServedVersion | null =>
  rollout && isGranted(rollout) ? rollout.before.current : routes.current;

interface Moved {
  readonly fence: Fence;
  readonly routes: Routes;
  readonly by: string;
  readonly reason: string;
}

/**
 * The server moved without its owner (break-glass rollback): that rollback stands, a rollout in its way is stopped. Where
 * both took the same generation without knowing of each other, the break-glass routes are pushed again under the next one.
 */
export function serverMoved(
  state: LifecycleState,
  endpoint: OwnedEndpoint,
  { ctx, ...moved }: Moved & { ctx: Context },
): void {
  if (isSame(moved, endpoint)) return heardAgain(state, endpoint, ctx);
  const isAhead = isNewer(moved.fence, endpoint.desired);
  if (!isAhead && moved.fence.generation !== endpoint.desired.generation) return;
  if (endpoint.change?.change === 'rolledBack' && !isReconciled(endpoint)) return pushAbove(endpoint, moved);
  const { by, reason, routes } = moved;
  if (endpoint.rollout && isGranted(endpoint.rollout))
    dropRollout(state, endpoint, { by, reason, now: ctx.now, serving: routes.current });
  const fence = isAhead ? moved.fence : nextGeneration(endpoint);
  const change = { change: 'rolledBack', version: routes.current, by, reason } as const;
  changeRoutes(endpoint, { routes, change, fence });
  endpoint.isObserved = true;
  endpoint.lastRolledOut = null;
  note(state, ctx.now, `${by} rolled ${endpoint.environment} back by break-glass: ${reason}`);
  if (isAhead) routesPushed(state, endpoint, ctx);
}

/** A person's rollback, still on its way to a server that moved by itself: it stands, above what the server did. */
function pushAbove(endpoint: OwnedEndpoint, { fence }: Moved): void {
  const generation = Math.max(fence.generation, endpoint.desired.generation) + 1;
  endpoint.desired = { generation, step: 0 };
}

/** What the server has is what its owner wants it to have. */
function heardAgain(state: LifecycleState, endpoint: OwnedEndpoint, ctx: Context): void {
  if (!isReconciled(endpoint)) routesPushed(state, endpoint, ctx);
}

/** A server that could not keep the previous version warm does what it should all the same. */
const isSame = (moved: Moved, own: OwnedEndpoint) =>
  !isNewer(moved.fence, own.desired) &&
  !isNewer(own.desired, moved.fence) &&
  canonicalJson(answering(moved.routes)) === canonicalJson(answering(own.routes));

const answering = ({ current, candidate }: Routes) => ({ current, candidate });
