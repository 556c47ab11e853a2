import type { Rollback, Routes, ServedVersion } from '../../schemas/index.js';
import { changeRoutes, nextGeneration } from './endpoint.js';
import { tell } from './replies.js';
import { advanceOn, isGranted, type OwnedRollout } from './rollout.js';
import { type LifecycleState, note, type OwnedEndpoint } from './state.js';

/*
 * Pure decisions about returning to an earlier version: by message, or by a rollout that stops.
 */

export const lastWasRollback = 'the last change was itself a rollback; name "toVersion" to go further';

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
  if (endpoint.lastRolledOut === null) return { kind: 'noop', message: lastWasRollback };
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
export function dropRollout(
  state: LifecycleState,
  endpoint: OwnedEndpoint,
  { by, reason, now, serving = servingWithout(endpoint) }: Stop,
): OwnedRollout | null {
  const { rollout, environment } = endpoint;
  if (!rollout || !advanceOn(endpoint, { kind: 'stopped' }, now)) return null;
  const { gate, version } = rollout;
  state.gates = state.gates.filter((g) => g.gate !== gate);
  tell(state, rollout, { kind: 'stopped', by, reason, serving: serving?.version ?? null });
  note(state, now, `${by} stopped the rollout of version ${version.version} to ${environment}: ${reason}`);
  return rollout;
}

/** What serves once the rollout is taken away. */
const servingWithout = ({ rollout, routes }: OwnedEndpoint): ServedVersion | null =>
  rollout && isGranted(rollout) ? rollout.before.current : routes.current;
