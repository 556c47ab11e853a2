import { expect, it } from 'vitest';
import { errorCode, type SetRoutes } from '../../../schemas/index.js';
import {
  type EndpointRecord,
  newEndpoint,
  withLoaded,
  withRoutes,
} from '../../../server/supervisor/endpoint-record.js';
import { checkRoutes } from '../../../server/supervisor/record-fence.js';
import { rolledBack } from '../../../server/supervisor/record-rollback.js';
import { serverMoved } from '../../../workflows/lifecycle/server-state.js';
import type { LifecycleState } from '../../../workflows/lifecycle/state.js';
import {
  abandon,
  begin,
  grant,
  production,
  promote,
  pushAll,
  recordAll,
  seen,
  send,
  served,
  stateOf,
  step,
} from '../../workflows/lifecycle/fixtures.js';

const context = { workflowId: 'lifecycle/flight-delay' };

/** The owner pushes what it wants; where that is refused as stale, it takes over what the server has. */
function push(st: LifecycleState, server: EndpointRecord): EndpointRecord {
  const { desired: fence, routes } = production(st);
  const command: SetRoutes = { fence, routes, reason: 'test' };
  try {
    const after = checkRoutes(server, command) ? withRoutes(server, command) : server;
    pushAll(st);
    return after;
  } catch (error) {
    if (errorCode(error) !== 'STALE_GENERATION' || server.fence === null) throw error;
    const moved = { fence: server.fence, routes: server.routes, by: 'unknown', reason: 'moved' };
    serverMoved(st, production(st), { ...moved, ctx: { ...context, now: begin } });
    return server;
  }
}

it.each<[string, (st: LifecycleState) => void]>([
  ['nothing', () => {}],
  ['a first share', (st) => step(st, 3, 'share')],
  ['a rollout that ends because its version is refused', (st) => abandon(st, 3)],
  ['a first share that fails', (st) => (step(st, 3, 'share'), abandon(st, 3))],
  ['a rollback of the rollout', (st) => send(st, 'rollback', { by: 'ben', reason: 'no' })],
  ['a rollout after one that was refused', (st) => (abandon(st, 3), recordAll(st), grant(st, 4), step(st, 4, 'share'))],
])('a break-glass rollback stands, whatever its owner does before it hears of it: %s', (_, meanwhile) => {
  const st = stateOf();
  promote(st, 1);
  promote(st, 2);
  const loaded = [1, 2].reduce(
    (record, n) => withLoaded(record, { fence: { generation: 1, step: 0 }, version: served(n) }),
    newEndpoint('flight-delay', 'production'),
  );
  const before = push(st, loaded);
  expect(before.routes.current).toEqual(served(2));

  grant(st, 3);
  const atServer = rolledBack(before, { by: 'ana', reason: 'late answers' }) as EndpointRecord;
  meanwhile(st);
  const pushed = push(st, atServer);
  const { fence, routes } = atServer;
  seen(st, { fence, routes });
  const heard = push(st, pushed);

  expect(heard.routes).toEqual(atServer.routes);
  expect(production(st)).toMatchObject({ routes: atServer.routes });
  expect(production(st).rollout?.phase ?? 'recording').toBe('recording'); // approved, and moves nothing yet
  promote(st, 5);
  expect(push(st, heard).routes.current).toEqual(served(5));
});
