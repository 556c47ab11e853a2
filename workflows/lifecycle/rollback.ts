import { canonicalJson } from '../../schemas/canonical-json.js';
import { isNewer } from '../../schemas/endpoint.js';
import type { Fence, Rollback, Routes, ServedVersion } from '../../schemas/index.js';
import { changeRoutes, nextGeneration, routesPushed } from './endpoint.js';
import { type Change, isPushed, type LifecycleState, note, type OwnedEndpoint, type Rollout } from './state.js';

/*
 * Pure decisions about returning to an earlier version: by message, by a rollout that stops, by the second door.
 */

export interface RollbackDecision {
  readonly kind: 'rolledBack' | 'noop' | 'refused';
  readonly message: string;
}

/**
 * Returns an endpoint to an earlier version. A rollout that was granted is stopped; without `toVersion` the version
 * last rolled out is left; where the last change was itself a rollback this is a recorded no-op.
 */
export function rollBack(
  st: LifecycleState,
  endpoint: OwnedEndpoint,
  command: Rollback,
  now: number,
): RollbackDecision {
  if (endpoint.rollout && isGranted(endpoint.rollout))
    return rollBackRollout(st, endpoint, endpoint.rollout, command, now);
  const target = rollbackTarget(endpoint, command.toVersion);
  return 'kind' in target ? target : returnTo(st, endpoint, target, command, now);
}

/** Back to where the rollout began, or to the version that is named and was kept warm beside it. */
function rollBackRollout(
  st: LifecycleState,
  endpoint: OwnedEndpoint,
  rollout: Rollout,
  command: Rollback,
  now: number,
): RollbackDecision {
  const { current, previous } = rollout.before;
  const { toVersion } = command;
  if (toVersion === undefined || toVersion === current?.version) return stopRollout(st, endpoint, command, now);
  if (toVersion !== previous?.version) return notWarm(toVersion, [current, previous]);
  stopRollout(st, endpoint, { ...command, serving: previous }, now);
  return returnTo(st, endpoint, previous, command, now);
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
  st: LifecycleState,
  endpoint: OwnedEndpoint,
  target: ServedVersion,
  { by, reason }: Rollback,
  now: number,
): RollbackDecision {
  const left = endpoint.routes.current;
  const routes = { current: target, canary: null, previous: left };
  changeRoutes(endpoint, routes, { change: 'rolledBack', version: target, by, reason }, nextGeneration(endpoint));
  endpoint.lastRolledOut = null;
  note(
    st,
    now,
    `${by} rolled ${endpoint.environment} back from version ${left?.version ?? '–'} to ${target.version}: ${reason}`,
  );
  return { kind: 'rolledBack', message: servesInWords(endpoint) };
}

/** From its grant on a rollout may move routes. */
export const isGranted = (rollout: Rollout) =>
  rollout.phase === 'granted' || rollout.phase === 'canary' || rollout.phase === 'full';

interface Stop {
  readonly by: string;
  readonly reason: string;
  /** what serves afterwards, where it is not what served before the rollout */
  readonly serving?: ServedVersion | null;
}

/** Stops a rollout and returns to the routes before it, if it may have moved them. */
export function stopRollout(st: LifecycleState, endpoint: OwnedEndpoint, stop: Stop, now: number): RollbackDecision {
  const { by, reason } = stop;
  const rollout = dropRollout(st, endpoint, stop, now);
  if (!rollout) return { kind: 'refused', message: 'no rollout is under way' };
  if (isGranted(rollout))
    restoreRoutes(endpoint, rollout.before, { change: 'aborted', version: rollout.version, by, reason });
  return { kind: 'rolledBack', message: servesInWords(endpoint) };
}

export function servesInWords({ routes, environment }: OwnedEndpoint): string {
  return routes.current ? `version ${routes.current.version} serves ${environment}` : `nothing serves ${environment}`;
}

/** Takes a rollout off the endpoint, closes its gate and tells it; the routes stay as they are. */
function dropRollout(
  st: LifecycleState,
  endpoint: OwnedEndpoint,
  { by, reason, serving = servingWithout(endpoint) }: Stop,
  now: number,
): Rollout | null {
  const rollout = endpoint.rollout;
  if (!rollout) return null;
  endpoint.rollout = null;
  st.gates = st.gates.filter((g) => g.gate !== rollout.gate);
  const news = { kind: 'stopped', by, reason, serving: serving?.version ?? null } as const;
  st.outgoing.push({ workflowId: rollout.workflowId, runId: rollout.runId, news });
  note(
    st,
    now,
    `${by} stopped the rollout of version ${rollout.version.version} to ${endpoint.environment}: ${reason}`,
  );
  return rollout;
}

/** What serves once the rollout is taken away. */
const servingWithout = ({ rollout, routes }: OwnedEndpoint): ServedVersion | null =>
  rollout && isGranted(rollout) ? rollout.before.current : routes.current;

function restoreRoutes(endpoint: OwnedEndpoint, before: Routes, change: Change): void {
  changeRoutes(endpoint, before, change, nextGeneration(endpoint));
  endpoint.lastRolledOut = null;
}

interface Moved {
  readonly fence: Fence;
  readonly routes: Routes;
  readonly by: string;
  readonly reason: string;
}

/**
 * The server moved without its owner (the second door): that rollback stands, a rollout in its way is stopped. Where
 * both took the same generation without knowing of each other, the door's routes are pushed again under the next one.
 */
export function serverMoved(
  st: LifecycleState,
  endpoint: OwnedEndpoint,
  moved: Moved,
  origin: { workflowId: string },
  now: number,
): void {
  if (isSame(moved, endpoint)) return heardAgain(st, endpoint, origin, now);
  const isAhead = isNewer(moved.fence, endpoint.fence);
  if (!isAhead && moved.fence.generation !== endpoint.fence.generation) return;
  if (endpoint.change?.change === 'rolledBack' && !isPushed(endpoint)) return pushAbove(endpoint, moved);
  const { by, reason } = moved;
  if (endpoint.rollout && isGranted(endpoint.rollout))
    dropRollout(st, endpoint, { by, reason, serving: moved.routes.current }, now);
  const fence = isAhead ? moved.fence : nextGeneration(endpoint);
  changeRoutes(endpoint, moved.routes, { change: 'rolledBack', version: moved.routes.current, by, reason }, fence);
  Object.assign(endpoint, { known: true, lastRolledOut: null });
  note(st, now, `${by} rolled ${endpoint.environment} back through the second door: ${reason}`);
  if (fence === moved.fence) routesPushed(st, endpoint, fence, origin, now);
}

/** A person's rollback, still on its way to a server that moved by itself: it stands, above what the server did. */
function pushAbove(endpoint: OwnedEndpoint, { fence }: Moved): void {
  const generation = Math.max(fence.generation, endpoint.fence.generation) + 1;
  endpoint.fence = { generation, step: 0 };
}

/** What the server has is what its owner wants it to have. */
function heardAgain(st: LifecycleState, endpoint: OwnedEndpoint, origin: { workflowId: string }, now: number): void {
  if (!isPushed(endpoint)) routesPushed(st, endpoint, endpoint.fence, origin, now);
}

/** A server that could not keep the previous version warm does what it should all the same. */
const isSame = (moved: Moved, own: OwnedEndpoint) =>
  !isNewer(moved.fence, own.fence) &&
  !isNewer(own.fence, moved.fence) &&
  canonicalJson(answering(moved.routes)) === canonicalJson(answering(own.routes));

const answering = ({ current, canary }: Routes) => ({ current, canary });
