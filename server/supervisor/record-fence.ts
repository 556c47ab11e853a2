import { isDeepStrictEqual } from 'node:util';
import {
  type Fence,
  failure,
  isNewer,
  type LoadVersion,
  type ServedVersion,
  type SetRoutes,
  type TakenFence,
} from '../../schemas/index.js';
import { type EndpointRecord, routedVersions } from './endpoint-record.js';

/**
 * An owner counts on from what the server has, one by one; a command far ahead is none of its own, and one that is believed
 * would lock the owner out for good. A server that has nothing yet takes what owners can have reached.
 */
const longestLeap = 10_000;
const largestFirst = 2 ** 32;

/** Loading moves no traffic, so several loads may share one fence; only an older one is stale. */
export function checkLoad(record: EndpointRecord, command: LoadVersion): void {
  refuseOlder(record, command.fence);
  refuseLeap(record, command.fence);
  if (!isStanding(record, command) && isBehind(record, command.fence)) throw stale(record, command.fence);
  refuseOtherDigests(record, command.version);
}

/** Whether the routes must change; false where this very command was carried out before. */
export function checkRoutes(record: EndpointRecord, command: SetRoutes): boolean {
  refuseOlder(record, command.fence);
  refuseLeap(record, command.fence);
  if (isCarriedOut(record, command)) return false;
  const taken = lastTaken(record);
  if (taken === null || isNewer(command.fence, taken)) return true;
  throw stale(record, command.fence);
}

/** A version is one package for ever: under its number no other one is loaded or routed. */
export function refuseOtherDigests(record: EndpointRecord, asked: ServedVersion): void {
  const known = [...record.loaded, ...routedVersions(record.routes)];
  const other = known.find(({ version }) => version === asked.version);
  if (other === undefined || isDeepStrictEqual(other, asked)) return;
  throw failure('DEPLOYMENT_CHECK_FAILED', `Version ${other.version} is here with another digest.`, {
    known: other,
    asked,
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

/** A version that the routes of a break-glass rollback name, for memory that lost it. */
function isStanding(record: EndpointRecord, { fence, version }: LoadVersion): boolean {
  const isRouted = routedVersions(record.routes).some((routed) => isDeepStrictEqual(routed, version));
  return isRouted && record.lastChange?.by === 'breakGlass' && isDeepStrictEqual(record.lastChange.fence, fence);
}

function refuseOlder(record: EndpointRecord, fence: Fence): void {
  if (record.fence !== null && isNewer(record.fence, fence)) throw stale(record, fence);
}

function refuseLeap({ fence }: EndpointRecord, asked: Fence): void {
  const furthest = fence === null ? largestFirst : fence.generation + longestLeap;
  if (asked.generation <= furthest) return;
  const has = fence === null ? 'has no generation yet' : `is at generation ${fence.generation}`;
  const message = `The endpoint ${has}; ${asked.generation} is too far ahead: at most ${furthest} is taken. Where the server's state is older than its owner, stop the server, move its state.json away and start it: the owner then pushes what should serve.`;
  throw failure('InvalidInput', message, { fence, asked });
}

function stale(record: EndpointRecord, fence: Fence) {
  const text = (f: Fence | null) => (f === null ? 'none' : `generation ${f.generation}, step ${f.step}`);
  return failure('STALE_GENERATION', `The endpoint is at ${text(record.fence)}; the command has ${text(fence)}.`, {
    fence: record.fence,
    asked: fence,
  });
}
