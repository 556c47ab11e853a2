import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { isNewer } from '../../../schemas/endpoint.js';
import { errorCode, failure } from '../../../schemas/failure.js';
import type { EndpointStatus } from '../../../schemas/index.js';
import { run, runBriefly } from '../../temporal/activity-options.js';
import { rootMessage } from '../../temporal/root-message.js';
import type { Clock } from '../context.js';
import { routesPushed } from '../endpoint.js';
import { isUnsure, learn } from '../server-state.js';
import { endpointOrNone, isReconciled, type LifecycleState, note, type OwnedEndpoint } from '../state.js';

/*
 * The owner and the servers of one endpoint: it asks what they have, gives them its routes, and looks whether they kept them.
 */

/** Asks the server, and takes over what stands; what only the ledger can vouch for waits for it. */
export async function observeEndpoint(state: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): Promise<void> {
  const { environment, desired } = endpoint;
  const seen = await run(
    'observeEndpoint',
    { model: state.spec.model, environment },
    `what serves ${environment} now?`,
  );
  if (endpoint.isObserved && endpoint.desired !== desired) return; // a newer decision goes first; it is looked again
  if (isUnsure(endpoint, seen))
    throw failure(
      'LEDGER_UNAVAILABLE',
      `The server of ${environment} has a version that its owner does not know, and the ledger does not answer.`,
      { environment },
    );
  learn(state, endpoint, { seen, ctx: clock() });
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
    await observeEndpoint(state, endpoint, clock); // break-glass rollback was used and its hint is still on the way
    if (!overtaken() && !isReconciled(endpoint)) throw error;
  }
}

export async function compareWithServer(state: LifecycleState, endpoint: OwnedEndpoint): Promise<void> {
  const { environment, desired: fence } = endpoint;
  try {
    const asked = { model: state.spec.model, environment };
    const status = await runBriefly('endpointStatus', asked, `does ${environment} serve what it should?`);
    if (endpoint.desired !== fence) return;
    if (hasLess(endpoint, status)) endpoint.observed = { generation: 0, step: 0 };
    else if (status.fence !== null && isNewer(status.fence, fence)) endpoint.mustLook = true;
  } catch (error) {
    if (isCancellation(error)) throw error; // a server that does not answer is asked again next time
  }
}

/** A server that lost its memory, or cannot serve what it routes to, is given its routes again: it loads what it lacks. */
function hasLess({ desired, routes }: OwnedEndpoint, { fence, loaded }: EndpointStatus): boolean {
  if (fence === null || isNewer(desired, fence)) return true;
  const routed = [routes.current, routes.candidate].filter((v) => v !== null);
  return !isNewer(fence, desired) && routed.some(({ version }) => !loaded.includes(version));
}

/** A server is said to have moved. What no server knows is no endpoint, whoever speaks of it. */
export async function lookAtMoved(state: LifecycleState, clock: Clock): Promise<void> {
  const environment = state.moved.shift();
  if (environment === undefined) return;
  const known = state.endpoints.find((e) => e.environment === environment);
  if (known) {
    known.mustLook = true;
    return;
  }
  try {
    const asked = { model: state.spec.model, environment };
    const { fence } = await runBriefly('endpointStatus', asked, `what serves ${environment} now?`);
    if (fence !== null) endpointOrNone(state, environment);
  } catch (error) {
    if (isCancellation(error)) throw error;
    note(state, clock().now, `${environment} is said to have moved, and cannot be asked: ${rootMessage(error)}`);
  }
}

export const mustAsk = (endpoint: OwnedEndpoint) =>
  !endpoint.isObserved || (endpoint.mustLook && isReconciled(endpoint));
