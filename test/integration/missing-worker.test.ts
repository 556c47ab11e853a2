import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkWorkers } from '../../scripts/doctor/workers.js';
import { openFaultyLife } from '../life/faulty-life.js';
import { type SmallLife, start, untilStatus } from '../life/small-life.js';

const minutes = 60_000;
let at: SmallLife;

beforeAll(async () => {
  at = await openFaultyLife([], { WITHOUT_COMPUTE: 'true' });
}, 3 * minutes);
afterAll(() => at?.close());

it('a queue that nobody asks for work is named by status within a minute, and by the doctor', async () => {
  const began = Date.now();
  await start(at);
  const { problem } = await untilStatus(at, 'the trouble to be shown', (s) => s.problem !== null);
  expect(problem).toMatch(
    /collectDataset of collect\/trips waits for a worker .*nobody asks for work on mlops-compute/,
  );
  expect(Date.now() - began).toBeLessThan(minutes);
  const address = at.stack.temporalAddress;
  const { client } = at;
  const temporal = { client, connection: client.connection as never, address, namespace: 'default' };
  expect(await checkWorkers(temporal)).toMatchObject({ ok: false, found: expect.stringContaining('mlops-compute') });
});
