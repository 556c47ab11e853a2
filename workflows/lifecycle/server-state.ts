import type { SeenServer } from '../../activities/activities.js';
import { canonicalJson } from '../../schemas/canonical-json.js';
import { isNewer, largestGeneration, type TakenFence } from '../../schemas/endpoint.js';
import type { Fence, Routes, ServedVersion } from '../../schemas/index.js';
import type { Context } from './context.js';
import { changeRoutes, nextGeneration, routesPushed } from './endpoint.js';
import { dropRollout } from './rollback.js';
import { isGranted } from './rollout.js';
import { isReconciled, type LifecycleState, limits, note, type OwnedEndpoint, remember } from './state.js';

/*
 * Pure decisions about what a server says that it has. Only the server itself is believed, and of it only versions that
 * were promoted here before: by this owner, or by the ledger's word.
 */

interface Look {
  readonly seen: SeenServer;
  readonly ctx: Context;
}

/** What a server has, to its owner: adopted at first; later a rollback that stands, an older state, or nobody's. */
export function learn(state: LifecycleState, endpoint: OwnedEndpoint, { seen, ctx }: Look): void {
  endpoint.mustLook = false;
  if (!endpoint.isObserved) return adoptEndpoint(endpoint, seen);
  const { fence, routes } = seen;
  if (fence === null || isNewer(endpoint.desired, taken(fence, seen))) {
    if (isReconciled(endpoint)) endpoint.observed = { generation: 0, step: 0 };
    return;
  }
  if (isSame({ fence, routes }, endpoint)) return heardAgain(state, endpoint, ctx);
  if (foreign(endpoint, seen).length > 0) return giveBack(state, endpoint, { seen, ctx });
  if (seen.lastChange?.kind === 'change' && isNewer(fence, endpoint.desired))
    return isReturning(endpoint) ? pushAbove(endpoint, { fence }) : takeOver(state, endpoint, { seen, ctx });
  const { by, reason } = seen.lastChange ?? { by: 'unknown', reason: 'the model server was changed without its owner' };
  serverMoved(state, endpoint, { fence, routes, by, reason, ctx });
}

/** Within one generation only break-glass can bring a rollback: the owner's own takes the next. */
const taken = (fence: Fence, { lastChange }: SeenServer): TakenFence =>
  lastChange?.kind === 'rollback' ? { ...fence, by: 'breakGlass' } : fence;

/** Whether the ledger must be asked before a server is believed: it has something that its owner does not know. */
export const isUnsure = (endpoint: OwnedEndpoint, seen: SeenServer): boolean =>
  endpoint.isObserved && seen.promoted === null && foreign(endpoint, seen).length > 0;

/** What a server routes to that was never promoted here. */
function foreign(endpoint: OwnedEndpoint, { routes, promoted }: SeenServer): ServedVersion[] {
  const { current, previous, candidate } = endpoint.routes;
  const own = [...endpoint.promoted, current, previous, candidate, endpoint.rollout?.version].filter(
    (v) => v !== null && v !== undefined,
  );
  const isKnown = (v: ServedVersion) =>
    [...own, ...(promoted ?? [])].some((k) => k.version === v.version && k.modelDigest === v.modelDigest);
  return [routes.current, routes.candidate].filter((v) => v !== null).filter((v) => !isKnown(v));
}

/** The server answers with what nobody promoted: it gets its owner's routes again. */
function giveBack(state: LifecycleState, endpoint: OwnedEndpoint, { seen, ctx }: Look): void {
  const { environment } = endpoint;
  const versions = foreign(endpoint, seen)
    .map((v) => v.version)
    .join(', ');
  note(state, ctx.now, `the server of ${environment} had version ${versions}, which was never promoted there`);
  const generation = Math.max(seen.fence?.generation ?? 0, endpoint.desired.generation) + 1;
  if (generation > largestGeneration) throw new RangeError(`generation ${generation} is over the limit`);
  endpoint.desired = { generation, step: 0 };
}

/** What an earlier life of this owner gave the server (it was reset since): that is what serves. */
function takeOver(state: LifecycleState, endpoint: OwnedEndpoint, { seen, ctx }: Look): void {
  const { environment, rollout } = endpoint;
  const reason = 'its owner was set back to before its grant';
  if (rollout && isGranted(rollout))
    dropRollout(state, endpoint, { by: 'owner', reason, now: ctx.now, serving: seen.routes.current });
  adoptEndpoint(endpoint, seen);
  note(state, ctx.now, `took over what the server of ${environment} has, generation ${seen.fence?.generation ?? 0}`);
}

/**
 * What the server has when its owner first asks: a lifecycle that starts anew takes over where another ended. How the
 * version that serves came there is not known, unless it was by a rollback; a rollback leaves it. A candidate's rollout is
 * not known either: nobody would ever take it further or back, so that its share is given back at once. A first version has
 * nothing to return to.
 */
export function adoptEndpoint(
  endpoint: OwnedEndpoint,
  { fence, routes, lastChange }: Omit<SeenServer, 'promoted'>,
): void {
  endpoint.isObserved = true;
  if (fence === null || !isNewer(fence, endpoint.desired)) return;
  endpoint.desired = fence;
  endpoint.observed = fence;
  endpoint.routes = routes;
  endpoint.change = null;
  endpoint.lastRolledOut = lastChange?.kind === 'rollback' ? null : routes.current;
  if (routes.current !== null) remember(endpoint.promoted, routes.current, limits.promoted);
  const { current, candidate } = routes;
  if (current === null || candidate === null) return;
  const reason = 'the lifecycle began anew and does not know its rollout';
  changeRoutes(endpoint, {
    routes: { ...routes, candidate: null },
    change: { change: 'aborted', version: candidate, by: 'owner', reason },
    fence: nextGeneration(endpoint),
  });
  endpoint.lastRolledOut = null;
}

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

/** A return to an earlier version is on its way to the server. */
const isReturning = (endpoint: OwnedEndpoint) =>
  (endpoint.change?.change === 'rolledBack' || endpoint.change?.change === 'aborted') && !isReconciled(endpoint);

/** A rollback that is still on its way to a server that moved by itself: it stands, above what the server did. */
function pushAbove(endpoint: OwnedEndpoint, { fence }: Pick<Moved, 'fence'>): void {
  const generation = Math.max(fence.generation, endpoint.desired.generation) + 1;
  endpoint.desired = { generation, step: 0 };
}

/** What the server has is what its owner wants it to have. */
function heardAgain(state: LifecycleState, endpoint: OwnedEndpoint, ctx: Context): void {
  if (!isReconciled(endpoint)) routesPushed(state, endpoint, ctx);
}

/** A server that could not keep the previous version warm does what it should all the same. */
const isSame = (moved: Pick<Moved, 'fence' | 'routes'>, own: OwnedEndpoint) =>
  !isNewer(moved.fence, own.desired) &&
  !isNewer(own.desired, moved.fence) &&
  canonicalJson(answering(moved.routes)) === canonicalJson(answering(own.routes));

const answering = ({ current, candidate }: Routes) => ({ current, candidate });
