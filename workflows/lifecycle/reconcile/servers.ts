import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { isNewer } from '../../../schemas/endpoint.js';
import { errorCode } from '../../../schemas/failure.js';
import { briefEffects, effects, withSummary } from '../../temporal/activity-options.js';
import type { Clock } from '../context.js';
import { adoptEndpoint, routesPushed } from '../endpoint.js';
import { serverMoved } from '../rollback.js';
import type { LifecycleState, OwnedEndpoint } from '../state.js';

/*
 * The owner and the servers of one endpoint: it asks what they have, gives them its routes, and looks whether they kept them.
 */

export async function meetEndpoint(st: LifecycleState, endpoint: OwnedEndpoint): Promise<void> {
  const { environment } = endpoint;
  const summary = `what serves ${environment} now?`;
  const { fence, routes } = await effects.meetEndpoint.executeWithOptions({ ...withSummary.effect, summary }, [
    { model: st.spec.model, environment },
  ]);
  adoptEndpoint(endpoint, fence, routes);
}

/** Pushes the newest routes; a change that comes in the middle (a rollback) cancels this push and goes first. */
export async function pushRoutes(st: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): Promise<void> {
  const { environment, fence, routes, change } = endpoint;
  const scope = new CancellationScope();
  const summary = `${change?.change ?? 'routes'} → ${environment}`;
  const isRollback = change?.change === 'rolledBack' || change?.change === 'aborted';
  const command = { model: st.spec.model, environment, fence, routes, reason: change?.reason ?? '', isRollback };
  const pushing = scope.run(() =>
    briefEffects.pushRoutes.executeWithOptions({ ...withSummary.brief, summary }, [command]),
  );
  const overtaken = () => endpoint.fence !== fence;
  const watching = condition(overtaken);
  try {
    await Promise.race([pushing, watching]);
    if (overtaken()) {
      scope.cancel();
      await pushing.catch(() => {});
      return;
    }
    routesPushed(st, endpoint, fence, clock(), clock().now);
  } catch (error) {
    if (errorCode(error) !== 'STALE_GENERATION') throw error;
    await takeOverServerState(st, endpoint, clock);
  }
}

/** The server knows a newer generation: the second door was used and its message is still on the way. */
async function takeOverServerState(st: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): Promise<void> {
  const { environment } = endpoint;
  const status = await effects.endpointStatus({ model: st.spec.model, environment });
  if (status.fence === null) return;
  const moved = {
    fence: status.fence,
    routes: status.routes,
    by: 'unknown',
    reason: 'the model server was changed without its owner',
  };
  serverMoved(st, endpoint, moved, clock(), clock().now);
}

export async function compareWithServer(st: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): Promise<void> {
  const { environment, fence } = endpoint;
  try {
    const status = await briefEffects.endpointStatus({ model: st.spec.model, environment });
    if (endpoint.fence !== fence) return;
    if (status.fence === null || isNewer(fence, status.fence)) endpoint.pushed = { generation: 0, step: 0 };
    else if (isNewer(status.fence, fence)) await takeOverServerState(st, endpoint, clock);
  } catch (error) {
    if (isCancellation(error)) throw error; // a server that does not answer is asked again next time
  }
}
