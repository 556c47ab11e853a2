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
} from '../../schemas/index.js';

/** What the supervisor remembers of one endpoint, also across its own death. */
export const EndpointRecord = z.strictObject({
  model: ModelName,
  environment: EnvironmentName,
  fence: Fence.nullable(),
  routes: Routes,
  /** versions in memory, the one loaded last at the end */
  loaded: z.array(ServedVersion),
  /** the command behind `routes`, so that the same command again succeeds */
  lastCommand: SetRoutes.nullable(),
  lastChange: z.enum(['routes', 'rollback']).nullable(),
  /** who made it */
  by: z.enum(['owner', 'breakGlass']).nullable(),
  /** the fence of the last change of routes */
  changedAt: Fence.nullable(),
  /** request ids of the last rollbacks */
  rollbacks: z.array(z.string()).default([]),
});
export type EndpointRecord = z.infer<typeof EndpointRecord>;

const rollbacksKept = 20;

/**
 * How many generations a break-glass rollback leaps ahead. The owner has not heard of it yet: what it may
 * meanwhile grant, and give back because it was refused here, must not overtake the rollback.
 */
const breakGlassLeap = 100;

export const endpointKey = (environment: string, model: string) => `${environment}/${model}`;

export function newEndpoint(model: string, environment: string): EndpointRecord {
  const routes = { current: null, candidate: null, previous: null };
  const nothingYet = { fence: null, lastCommand: null, lastChange: null, by: null, changedAt: null } as const;
  return { model, environment, routes, loaded: [], rollbacks: [], ...nothingYet };
}

export function isLoaded(record: EndpointRecord, version: ServedVersion): boolean {
  return record.loaded.some((loaded) => isDeepStrictEqual(loaded, version));
}

/** Loading moves no traffic, so several loads may share one fence; only an older one is stale. */
export function checkLoad(record: EndpointRecord, command: LoadVersion): void {
  refuseOlder(record, command.fence);
  if (isOfBreakGlassGeneration(record, command.fence) && !isStanding(record, command))
    throw stale(record, command.fence);
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
  if (isOfBreakGlassGeneration(record, command.fence)) throw stale(record, command.fence);
  if (record.changedAt === null || isNewer(command.fence, record.changedAt)) return true;
  throw stale(record, command.fence);
}

export function withRoutes(record: EndpointRecord, command: SetRoutes): EndpointRecord {
  const { fence, routes, isRollback = false } = command;
  const lastChange = isRollback ? 'rollback' : 'routes';
  return { ...record, fence, routes, lastCommand: command, lastChange, by: 'owner', changedAt: fence };
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
    if (record.lastChange === 'rollback') return null;
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
  return { model, environment, fence, routes, loaded: [], traffic: [] };
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

/**
 * A generation that the server took by itself belongs to it alone: an owner that has not heard of it may have given the
 * same number to a rollout. An owner that has heard pushes the very routes that stand, which changes nothing.
 */
function isOfBreakGlassGeneration({ by, changedAt }: EndpointRecord, fence: Fence): boolean {
  return by === 'breakGlass' && changedAt !== null && fence.generation <= changedAt.generation;
}

function isCarriedOut(record: EndpointRecord, command: SetRoutes): boolean {
  if (!isOfBreakGlassGeneration(record, command.fence)) return isDeepStrictEqual(record.lastCommand, command);
  return isDeepStrictEqual(record.changedAt, command.fence) && isDeepStrictEqual(record.routes, command.routes);
}

/** A version that the routes of a break-glass rollback name, for memory that lost it. */
function isStanding(record: EndpointRecord, { fence, version }: LoadVersion): boolean {
  const isRouted = routedVersions(record.routes).some((routed) => isDeepStrictEqual(routed, version));
  return isRouted && isDeepStrictEqual(record.changedAt, fence);
}

function afterRollback(record: EndpointRecord, routes: Routes, { requestId }: RollbackEndpoint): EndpointRecord {
  const fence = { generation: (record.fence?.generation ?? 0) + breakGlassLeap, step: 0 };
  const rollbacks = requestId === undefined ? record.rollbacks : [...record.rollbacks, requestId].slice(-rollbacksKept);
  return {
    ...record,
    fence,
    routes,
    lastCommand: null,
    lastChange: 'rollback',
    by: 'breakGlass',
    changedAt: fence,
    rollbacks,
  };
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
