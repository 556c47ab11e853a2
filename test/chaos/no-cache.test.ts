import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LifecycleStatus } from '../../schemas/index.js';
import { known, smallLife, trips } from '../../scripts/bench/small-model.js';
import { openSmallStack, type SmallStack, statusWhen } from '../integration/small-stack.js';

const by = 'ana@example.com';
let small: SmallStack;

beforeAll(async () => {
  small = await openSmallStack({ MLOPS_MAX_CACHED_WORKFLOWS: '0' });
});
afterAll(async () => small?.stop());

it('lives a whole life on a worker that keeps no workflow and replays each at every task', async () => {
  const life = small.life('uncached');
  const [trip] = trips(1).map(known);
  const answering = async () => (await small.ask('uncached', trip ?? {})).version;
  const said = (text: string) => (s: LifecycleStatus) => s.history.some((h) => h.what.startsWith(text));
  await life.start(smallLife('uncached', small.files));
  await statusWhen(life, (s) => s.waitingFor.length > 0);
  await life.signal('approve', { by });
  await statusWhen(life, said('deployment promoted'));
  expect(await answering()).toBe(1);
  await life.signal('retrain', { by, reason: 'more trips' });
  await statusWhen(life, (s) => s.waitingFor.length > 0);
  expect(await life.decide({ decision: 'approve', by, version: 2 })).toMatchObject({ accepted: true });
  await statusWhen(life, said('retraining promoted'));
  expect(await answering()).toBe(2);
  expect(await life.rollback({ by, reason: 'late answers' })).toMatchObject({ accepted: true });
  expect(await answering()).toBe(1);
  await life.signal('retire', { by, reason: 'replaced' });
  expect(await small.client.workflow.getHandle(life.workflowId).result()).toMatchObject({ retiredBy: by });
  expect(small.logOf('worker')).not.toMatch(/nondeterminis/i);
  expect((await small.verify()).faults).toEqual([]);
});
