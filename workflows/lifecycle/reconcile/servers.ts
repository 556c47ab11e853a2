import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { isNewer } from '../../../schemas/endpoint.js';
import { errorCode } from '../../../schemas/failure.js';
import { run, runBriefly } from '../../temporal/activity-options.js';
import type { Clock } from '../context.js';
import { adoptEndpoint, routesPushed } from '../endpoint.js';
import { serverMoved } from '../rollback.js';
import type { LifecycleState, OwnedEndpoint } from '../state.js';

/*
 * The owner and the servers of one endpoint: it asks what they have, gives them its routes, and looks whether they kept them.
 */

export async function observeEndpoint(state: LifecycleState, endpoint: OwnedEndpoint): Promise<void> {
  const { environment } = endpoint;
  const summary = `what serves ${environment} now?`;
  const { fence, routes } = await run('observeEndpoint', { model: state.spec.model, environment }, summary);
  adoptEndpoint(endpoint, fence, routes);
}

/** Pushes the newest routes; a change that comes in the middle (a rollback) cancels this push and goes first. */
export async function pushRoutes(state: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): Promise<void> {
  const { environment, desired: fence, routes, change } = endpoint;
  const scope = new CancellationScope();
  const summary = `${change?.change ?? 'routes'} → ${environment}`;
  const isRollback = change?.change === 'rolledBack' || change?.change === 'aborted';
  const command = { model: state.spec.model, environment, fence, routes, reason: change?.reason ?? '', isRollback };
  const pushing = scope.run(() => run('pushRoutes', command, summary));
  const overtaken = () => endpoint.desired !== fence;
  const watching = condition(overtaken);
  try {
    await Promise.race([pushing, watching]);
    if (overtaken()) {
      scope.cancel();
      await pushing.catch(() => {});
      return;
    }
    routesPushed(state, endpoint, clock());
  } catch (error) {
    if (errorCode(error) !== 'STALE_GENERATION') throw error;
    await takeOverServerState(state, endpoint, clock);
  }
}

/** The server knows a newer generation: break-glass rollback was used and its message is still on the way. */
async function takeOverServerState(state: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): Promise<void> {
  const { environment } = endpoint;
  const status = await run(
    'endpointStatus',
    { model: state.spec.model, environment },
    `what serves ${environment} now?`,
  );
  if (status.fence === null) return;
  const moved = {
    fence: status.fence,
    routes: status.routes,
    by: 'unknown',
    reason: 'the model server was changed without its owner',
  };
  serverMoved(state, endpoint, { ...moved, ctx: clock() });
}

export async function compareWithServer(state: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): Promise<void> {
  const { environment, desired: fence } = endpoint;
  try {
    const status = await runBriefly(
      'endpointStatus',
      { model: state.spec.model, environment },
      `does ${environment} serve what it should?`,
    );
    if (endpoint.desired !== fence) return;
    if (status.fence === null || isNewer(fence, status.fence)) endpoint.observed = { generation: 0, step: 0 };
    else if (isNewer(status.fence, fence)) await takeOverServerState(state, endpoint, clock);
  } catch (error) {
    if (isCancellation(error)) throw error; // a server that does not answer is asked again next time
  }
}
