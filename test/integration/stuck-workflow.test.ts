import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { LifecycleClient } from '../../client.js';
import { checkRunningWorkflows } from '../../scripts/doctor/running-workflows.js';
import { findTemporalCli } from '../../scripts/servers/temporal-cli.js';
import { createDatabase } from './ledger-database.js';
import { mutatedBundle } from './mutated-bundle.js';
import { packageOf, until } from './small-stack.js';

const by = 'ana@example.com';
const address = inject('temporalAddress');
let folder: string;
let native: NativeConnection;
let connection: Connection;
let client: Client;
let life: LifecycleClient;
let environment: Record<string, string>;

beforeAll(async () => {
  const mlops = await packageOf();
  folder = mkdtempSync(join(tmpdir(), 'mlops-stuck-'));
  const databaseUrl = await createDatabase('stuck');
  await migrate(databaseUrl);
  native = await NativeConnection.connect({ address });
  connection = await Connection.connect({ address });
  client = new Client({ connection, dataConverter: mlops.dataConverter() });
  life = new LifecycleClient(client, 'stuck');
  environment = {
    DATABASE_URL: databaseUrl,
    BLOB_URL: pathToFileURL(join(folder, 'blobs')).href,
    MLOPS_PROFILE: 'development',
    MODEL_SERVER_ADDRESS: 'http://127.0.0.1:1',
    MODEL_SERVER_TOKEN: 'a-token-that-nobody-asks-for',
  };
});
afterAll(async () => {
  await client.workflow.getHandle(life.workflowId).terminate('the test is over');
  await connection.close();
  await native.close();
  rmSync(folder, { recursive: true, force: true });
});

/** With our workflows, or with others under the same names. */
async function withWorker<T>(work: () => Promise<T>, workflowBundle?: WorkflowBundleOption): Promise<T> {
  const mlops = await packageOf();
  const worker = await Worker.create({
    connection: native,
    taskQueue: mlops.taskQueues.orchestration,
    plugins: [new mlops.MlopsPlugin({ ports: () => mlops.openPorts(environment) })],
    ...(workflowBundle ? { workflowBundle } : {}),
  });
  return worker.runUntil(work);
}

const checks = () => checkRunningWorkflows({ client, connection, address, namespace: 'default' });

async function doctor() {
  const [tasks] = await checks();
  if (tasks === undefined) throw new Error('nothing was checked');
  return tasks;
}

it('a lifecycle whose history does not replay is named by the doctor, with the line that mends it', async () => {
  await withWorker(async () => {
    await life.start({ model: 'stuck' });
    await until(() => life.status());
    expect(await doctor()).toMatchObject({ ok: true });
  });
  const careless = await mutatedBundle([['lifecycle/reconcile/life.js', 'findLife', 'championOf']]);
  const found = await withWorker(async () => {
    await life.signal('pause', { by, reason: 'holidays' });
    return until(async () => {
      const check = await doctor();
      return check.ok ? null : check;
    });
  }, careless);
  expect(found.found).toContain(life.workflowId);
  const line = found.remedy?.split('\n').find((text) => text.includes('workflow reset')) ?? '';
  await withWorker(async () => {
    await temporal(line.trim());
    expect((await until(() => life.status())).paused).toBe(true);
    expect(await doctor()).toMatchObject({ ok: true });
  });
});

it('a workflow whose activity fails again and again is named by the doctor, with code, reason and since when', async () => {
  const began = new Date();
  environment = { ...environment, DATABASE_URL: 'postgres://nobody:x@127.0.0.1:1/gone' };
  const failing = await withWorker(async () => {
    await client.workflow.start('deployModel', {
      workflowId: 'deploy/alone/production',
      taskQueue: 'mlops',
      args: [{ model: 'alone', version: 1 }],
    });
    return until(async () => {
      const check = (await checks()).find(({ name }) => name === 'activities');
      return check?.found.includes('deploy/alone') ? check : null;
    });
  });
  await client.workflow.getHandle('deploy/alone/production').terminate('the test is over');
  expect(failing.ok).toBe(false);
  const [, since = ''] =
    /deploy\/alone\/production: \w+ failed \d+ times since (\S+): LEDGER_UNAVAILABLE: Postgres/.exec(failing.found) ??
    [];
  expect(Date.parse(since)).toBeGreaterThanOrEqual(began.getTime() - 1000);
});

async function temporal(line: string): Promise<void> {
  const cli = await findTemporalCli({ log: () => {} });
  const PATH = `${dirname(cli)}${delimiter}${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, PATH, TEMPORAL_ADDRESS: address };
  await promisify(execFile)('sh', ['-c', line], { env });
}
