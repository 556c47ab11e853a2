import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { smallCanary, smallRecipe, trips, writeTrips } from '../../scripts/bench/small-model.js';
import type * as Testing from '../../testing.js';
import { packageOf, until } from './small-stack.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-memory-'));
const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('mlops-testing-'));
const before = leftovers();
let client: Client;
let connection: NativeConnection;

beforeAll(async () => {
  writeTrips(join(folder, 'trips.csv'), trips(1200));
  const address = inject('temporalAddress');
  connection = await NativeConnection.connect({ address });
  client = new Client({ connection: await Connection.connect({ address }) });
});
afterAll(async () => {
  await client.connection.close();
  await connection.close();
  rmSync(folder, { recursive: true, force: true });
});

it('lives a whole life on what the testing entry opens: no Postgres, no blobs and no model server of its own', async () => {
  const { LifecycleClient, MlopsPlugin, taskQueuesWith } = await packageOf();
  const { openTestPorts } = (await packageOf('temporal-mlops/testing')) as unknown as typeof Testing;
  const ports = await openTestPorts({ sourceDirectories: [folder] });
  const plugins = [new MlopsPlugin({ ports: async () => ports })];
  const queues = Object.values(taskQueuesWith('memory-'));
  const workers = await Promise.all(queues.map((taskQueue) => Worker.create({ connection, taskQueue, plugins })));
  const life = new LifecycleClient(client, 'remembered', { taskQueuePrefix: 'memory-' });
  const serves = async () =>
    (await ports.target('production').status({ model: 'remembered', environment: 'production' })).routes;

  const living = async () => {
    const recipe = smallRecipe('remembered', 'trips.csv');
    const handle = await life.start({ model: 'remembered', recipe, deploy: { canary: smallCanary } });
    await until(async () => (await life.status()).waitingFor.length > 0, 240_000);
    expect((await life.decide({ decision: 'approve', by: 'ana@example.com' })).accepted).toBe(true);
    const current = await until(async () => (await serves()).current, 60_000);
    await life.signal('retire', { by: 'ana@example.com', reason: 'the test is over' });
    expect(await handle.result()).toMatchObject({ model: 'remembered', retiredBy: 'ana@example.com' });
    return current;
  };
  const run = workers.reduceRight<() => Promise<unknown>>((work, worker) => () => worker.runUntil(work), living);

  expect(await run()).toMatchObject({ version: 1 });
  expect(leftovers()).toEqual(before);
  expect(existsSync(ports.workDirectory)).toBe(false);
}, 400_000);
