import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import {
  type EndpointStatus,
  EnvironmentName,
  Fence,
  failure,
  isNewer,
  type LoadVersion,
  ModelName,
  type RollbackEndpoint,
  Routes,
  ServedVersion,
  SetRoutes,
  type TakenFence,
} from '../../schemas/index.js';

/** The last change of routes. The owner's command is kept, so that the same command again succeeds. */
const RoutesChange = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('owner'), command: SetRoutes }),
  z.strictObject({ by: z.literal('breakGlass'), fence: Fence }),
]);
type RoutesChange = z.infer<typeof RoutesChange>;

/** What the supervisor remembers of one endpoint, also across its own death. */
export const EndpointRecord = z.strictObject({
  model: ModelName,
  environment: EnvironmentName,
  fence: Fence.nullable(),
  routes: Routes,
  /** versions in memory, the one loaded last at the end */
  loaded: z.array(ServedVersion),
  lastChange: RoutesChange.nullable(),
  /** request ids of the last rollbacks */
  rollbacks: z.array(z.string()).default([]),
});
export type EndpointRecord = z.infer<typeof EndpointRecord>;

const rollbacksKept = 20;

/**
 * A break-glass rollback takes a generation that the owner, who has not heard of it yet, cannot reach: else what the owner
 * meanwhile grants, and gives back under the generation after, would undo the rollback. It takes one generation for each
 * and hears of the rollback by its first push, which is refused; a hundred is fifty rollouts between two pushes.
 */
const generationsAheadOfOwner = 100;

export const endpointKey = (environment: string, model: string) => `${environment}/${model}`;

export function newEndpoint(model: string, environment: string): EndpointRecord {
  const routes = { current: null, candidate: null, previous: null };
  return { model, environment, fence: null, routes, loaded: [], lastChange: null, rollbacks: [] };
}

export function isLoaded(record: EndpointRecord, version: ServedVersion): boolean {
  return record.loaded.some((loaded) => isDeepStrictEqual(loaded, version));
}

/** Loading moves no traffic, so several loads may share one fence; only an older one is stale. */
export function checkLoad(record: EndpointRecord, command: LoadVersion): void {
  refuseOlder(record, command.fence);
  if (!isStanding(record, command) && isBehind(record, command.fence)) throw stale(record, command.fence);
  const other = record.loaded.find((loaded) => loaded.version === command.version.version);
  if (other === undefined || isDeepStrictEqual(other, command.version)) return;
  throw failure('DEPLOYMENT_CHECK_FAILED', `Version ${other.version} is loaded with another digest.`, {
    loaded: other,
    asked: command.version,
  });
}

/** Whether the routes must change; false where this very command was carried out before. */
export function checkRoutes(record: EndpointRecord, command: SetRoutes): boolean {
  refuseOlder(record, command.fence);
  if (isCarriedOut(record, command)) return false;
  const taken = lastTaken(record);
  if (taken === null || isNewer(command.fence, taken)) return true;
  throw stale(record, command.fence);
}

export function withRoutes(record: EndpointRecord, command: SetRoutes): EndpointRecord {
  const { fence, routes } = command;
  return { ...record, fence, routes, lastChange: { by: 'owner', command } };
}

export function withLoaded(record: EndpointRecord, command: LoadVersion): EndpointRecord {
  const others = record.loaded.filter((loaded) => loaded.version !== command.version.version);
  return { ...record, fence: command.fence, loaded: [...others, command.version] };
}

/**
 * The endpoint after a rollback, or null where there is nothing to do: without `toVersion` it leaves the version last
 * rolled out, a candidate first; where the last change was itself a rollback nothing is left to leave. What was left is
 * not kept as `previous`: a second rollback must never bring it back.
 */
export function rolledBack(record: EndpointRecord, command: RollbackEndpoint): EndpointRecord | null {
  const { routes } = record;
  if (command.requestId !== undefined && record.rollbacks.includes(command.requestId)) return null;
  if (command.toVersion === undefined) {
    if (wasRollback(record.lastChange)) return null;
    if (routes.candidate !== null) return afterRollback(record, { ...routes, candidate: null }, command);
  }
  const target = rollbackTarget(record, command);
  if (target.version === routes.current?.version && routes.candidate === null) return null;
  return afterRollback(record, { current: target, candidate: null, previous: null }, command);
}

/** Versions worth their memory: what is routed, what was loaded last, and as many recent ones as the limit leaves. */
export function versionsToKeep(record: EndpointRecord, limit = 4): ServedVersion[] {
  const routed = new Set(routedVersions(record.routes).map(({ version }) => version));
  const newestFirst = record.loaded.toReversed();
  const others = newestFirst.filter(({ version }) => !routed.has(version));
  const kept = new Set(others.slice(0, Math.max(1, limit - routed.size)));
  return record.loaded.filter((loaded) => routed.has(loaded.version) || kept.has(loaded));
}

export function routedVersions({ current, candidate, previous }: Routes): ServedVersion[] {
  const bare = candidate && {
    version: candidate.version,
    modelDigest: candidate.modelDigest,
    packageDigest: candidate.packageDigest,
  };
  return [current, bare, previous].filter((version) => version !== null);
}

export function emptyStatus(model: string, environment: string): EndpointStatus {
  const { fence, routes } = newEndpoint(model, environment);
  return { model, environment, fence, routes, loaded: [], traffic: [], lastChange: null, rollbacks: [] };
}

/** What a new owner must know of the last change: after a rollback nothing is left to roll back. */
export function lastChangeOf({ lastChange }: EndpointRecord): EndpointStatus['lastChange'] {
  if (lastChange === null) return null;
  return wasRollback(lastChange) ? 'rollback' : 'change';
}

function rollbackTarget(record: EndpointRecord, { toVersion }: RollbackEndpoint): ServedVersion {
  const wanted = toVersion ?? record.routes.previous?.version;
  const target = record.loaded.find((loaded) => loaded.version === wanted);
  if (target !== undefined) return target;
  const what = toVersion === undefined ? 'no earlier version' : `no version ${toVersion} in memory`;
  throw failure('NOTHING_TO_ROLL_BACK', `${endpointKey(record.environment, record.model)} has ${what} to return to.`, {
    loaded: record.loaded.map((loaded) => loaded.version),
  });
}

/** The fence of the last change of routes, with who took it. */
function lastTaken({ lastChange }: EndpointRecord): TakenFence | null {
  if (lastChange === null) return null;
  return lastChange.by === 'owner' ? lastChange.command.fence : { ...lastChange.fence, by: 'breakGlass' };
}

function isBehind(record: EndpointRecord, fence: Fence): boolean {
  const taken = lastTaken(record);
  return taken !== null && isNewer(taken, fence);
}

/** After a break-glass rollback, an owner that has heard of it pushes the very routes that stand: nothing to change. */
function isCarriedOut({ lastChange, routes }: EndpointRecord, command: SetRoutes): boolean {
  if (lastChange?.by !== 'breakGlass') return isDeepStrictEqual(lastChange?.command, command);
  return isDeepStrictEqual(lastChange.fence, command.fence) && isDeepStrictEqual(routes, command.routes);
}

function wasRollback(change: RoutesChange | null): boolean {
  return change !== null && (change.by === 'breakGlass' || change.command.isRollback === true);
}

/** A version that the routes of a break-glass rollback name, for memory that lost it. */
function isStanding(record: EndpointRecord, { fence, version }: LoadVersion): boolean {
  const isRouted = routedVersions(record.routes).some((routed) => isDeepStrictEqual(routed, version));
  return isRouted && record.lastChange?.by === 'breakGlass' && isDeepStrictEqual(record.lastChange.fence, fence);
}

function afterRollback(record: EndpointRecord, routes: Routes, { requestId }: RollbackEndpoint): EndpointRecord {
  const fence = { generation: (record.fence?.generation ?? 0) + generationsAheadOfOwner, step: 0 };
  const rollbacks = requestId === undefined ? record.rollbacks : [...record.rollbacks, requestId].slice(-rollbacksKept);
  return { ...record, fence, routes, lastChange: { by: 'breakGlass', fence }, rollbacks };
}

function refuseOlder(record: EndpointRecord, fence: Fence): void {
  if (record.fence !== null && isNewer(record.fence, fence)) throw stale(record, fence);
}

function stale(record: EndpointRecord, fence: Fence) {
  const text = (f: Fence | null) => (f === null ? 'none' : `generation ${f.generation}, step ${f.step}`);
  return failure('STALE_GENERATION', `The endpoint is at ${text(record.fence)}; the command has ${text(fence)}.`, {
    fence: record.fence,
    asked: fence,
  });
}
