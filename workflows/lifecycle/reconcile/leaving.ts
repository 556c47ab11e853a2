import { condition } from '@temporalio/workflow';
import type { Clock } from '../context.js';
import { changeRoutes, nextGeneration, routesPushed } from '../endpoint.js';
import { isReconciled, type LifecycleState, noRoutes, note, type OwnedEndpoint } from '../state.js';

const isDone = (e: OwnedEndpoint) => e.isObserved && e.routes.current === null && isReconciled(e);

export const isLeaving = ({ retired, endpoints }: LifecycleState) =>
  retired !== null && (retired.force ? !endpoints.every(isDone) : endpoints.some((e) => e.routes.current !== null));

/** Nothing serves a model that is retired; with force also where its server is gone for good. */
export async function leave(state: LifecycleState, clock: Clock): Promise<void> {
  const { by, reason, force } = state.retired ?? { by: '', reason: '', force: false };
  for (const endpoint of state.endpoints.filter((e) => e.routes.current !== null)) {
    changeRoutes(endpoint, {
      routes: noRoutes,
      change: { change: 'retired', version: endpoint.routes.current, by, reason },
      fence: nextGeneration(endpoint),
    });
  }
  if (!force) return;
  await condition(() => state.endpoints.every(isDone), '30 s', {
    summary: 'for servers to end serving before they are left',
  });
  for (const endpoint of state.endpoints.filter((e) => !isDone(e))) giveUpOn(state, endpoint, clock);
}

/** The ledger says that it is retired; what the server does, should it come back, is left to it. */
function giveUpOn(state: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): void {
  endpoint.isObserved = true;
  routesPushed(state, endpoint, clock());
  note(state, clock().now, `${endpoint.environment} was retired without its server, which did not answer`);
}
