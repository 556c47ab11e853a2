import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModelServerTarget } from '../../activities/targets/model-server.js';
import type { LifecycleClient } from '../../client.js';
import type { DeployResult, LifecycleStatus } from '../../schemas/index.js';
import { smallLife } from '../../scripts/bench/small-model.js';
import { openSmallStack, packageOf, type SmallStack, statusWhen, until } from './small-stack.js';

const model = 'held';
const by = 'ana@example.com';
const slots = 3;
const own = (path: string) => fileURLToPath(new URL(path, import.meta.url));

let small: SmallStack;
let life: LifecycleClient;
let held = 0;
const stops: (() => Promise<unknown>)[] = [];

/** Versions 1 and 2 were promoted in both environments; then every activity slot of the ordinary queue is held. */
beforeAll(async () => {
  small = await openSmallStack();
  life = small.life(model);
  const { deploy, ...specification } = smallLife(model, small.files);
  const environments = ['staging', 'production'].map((name) => ({ name, ...deploy }));
  await small.start('modelLifecycle', `lifecycle/${model}`, { ...specification, environments });
  for (const environment of ['staging', 'production']) await approve(environment, 1);
  await life.signal('retrain', { by, reason: 'a second version' });
  for (const environment of ['staging', 'production']) await approve(environment, 2);
  await reached((s) => s.running.length === 0);
  await small.stack.worker.stop();
  await startWorkers();
  await small.client.workflow.start('holdSlots', { workflowId: 'held', taskQueue: 'holding', args: [slots + 5] });
  await until(() => held === slots);
}, 180_000);
afterAll(async () => {
  await small?.client.workflow.getHandle('held').terminate('the end');
  for (const stop of stops) await stop();
  await small?.stop();
});

const reached = (isReached: (status: LifecycleStatus) => unknown) => statusWhen(life, isReached);
const serving = (s: LifecycleStatus, environment: string) => {
  const endpoint = s.endpoints.find((e) => e.environment === environment);
  return endpoint?.pushed && endpoint.rollout === null ? endpoint.routes.current?.version : null;
};

async function approve(environment: string, version: number): Promise<void> {
  await reached((s) => s.waitingFor.some((gate) => gate.environment === environment && gate.version === version));
  await life.decide({ decision: 'approve', by, environment });
  await reached((s) => serving(s, environment) === version);
}

/** The ready-made worker with few slots, and an activity of a host that does not end. */
async function startWorkers(): Promise<void> {
  const { MlopsPlugin, openPorts, taskQueues } = await packageOf();
  const connection = await NativeConnection.connect({ address: small.stack.temporalAddress });
  const ports = () => openPorts({ ...small.stack.environment });
  const run = async (options: WorkerOptions) => {
    const worker = await Worker.create({ connection, shutdownForceTime: '1 s', ...options });
    const running = worker.run();
    stops.push(async () => {
      worker.shutdown();
      await running.catch(() => {});
    });
  };
  await run({
    taskQueue: taskQueues.orchestration,
    plugins: [new MlopsPlugin({ ports })],
    workflowBundle: { codePath: own('../../dist/workflow-bundle.js') },
    activities: { hold },
    maxConcurrentActivityTaskExecutions: slots,
  });
  await run({ taskQueue: taskQueues.urgent, plugins: [new MlopsPlugin({ ports, workflows: false })] });
  await run({ taskQueue: 'holding', workflowsPath: own('../fixtures/holding-workflows.js') });
  stops.push(() => connection.close());
}

async function hold(): Promise<void> {
  held += 1;
  await sleep(3_600_000, null, { signal: Context.current().cancellationSignal });
}

/** Seconds until the server serves the version. */
async function secondsUntil(environment: string, version: number, act: () => Promise<unknown>): Promise<number> {
  const { MODEL_SERVER_ADDRESS: address = '', MODEL_SERVER_TOKEN: token = '' } = small.stack.environment;
  const target = createModelServerTarget({ address, token });
  const began = performance.now();
  const acting = act();
  await until(async () => (await target.status({ model, environment })).routes.current?.version === version);
  const seconds = (performance.now() - began) / 1000;
  await acting;
  return seconds;
}

/** No slot was free all the while: what waits for one waits still. */
const isStillHeld = async () => {
  const { raw } = await small.client.workflow.getHandle('held').describe();
  return (raw.pendingActivities ?? []).length === slots + 5 && held === slots;
};

describe('with every slot of the ordinary queue held', () => {
  it('a rollback by the owner is served within 5 s', async () => {
    const asked = () => life.rollback({ by, reason: 'late answers', environment: 'production' });
    expect(await secondsUntil('production', 1, asked)).toBeLessThan(5);
    expect(await isStillHeld()).toBe(true);
  });

  it('a rollback by break-glass is served within 5 s, and its owner knows', async () => {
    const id = `deploy/${model}/staging/rollback`;
    const door = { model, environment: 'staging', rollback: { by, reason: 'late answers' } };
    expect(await secondsUntil('staging', 1, () => small.start('deployModel', id, door))).toBeLessThan(5);
    const result = (await small.client.workflow.getHandle(id).result()) as DeployResult;
    expect(result).toMatchObject({ outcome: 'rolledBack', serving: 1 });
    await reached((s) => serving(s, 'staging') === 1);
    expect(await isStillHeld()).toBe(true);
  });
});
