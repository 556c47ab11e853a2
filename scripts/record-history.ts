import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { LifecycleClient } from '../client.js';
import { dataConverter } from '../data-converter.js';
import { type LifecycleStatus, type MonitorResult, taskQueues, workflowIds, workflowTypes } from '../schemas/index.js';
import { known, smallCanary, smallLife, trips, writeTrips } from './bench/small-model.js';
import { root } from './servers/clone-root.js';
import { type Stack, startStack } from './servers/stack.js';
import { findTemporalCli } from './servers/temporal-cli.js';

/*
 * Lives small lives on fresh servers and keeps their histories, named for what they show. A change of the workflows
 * must still replay them (or be guarded by `patched` and recorded beside them): `npm run record-history`.
 */
const folder = join(root, 'test', 'histories');
const model = 'recorded';
const by = 'ana@example.com';
const environment = 'production';
const lifecycle = workflowIds.lifecycle(model);
const deploy = workflowIds.deploy(model, environment);

interface Recording {
  readonly client: Client;
  readonly life: LifecycleClient;
  readonly serverUrl: string;
  /** keeps the history of a workflow's newest run, as far as it has come */
  readonly keep: (name: string, workflowId: string) => Promise<void>;
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'mlops-history-'));
  chmodSync(directory, 0o755);
  const sources = join(directory, 'sources');
  mkdirSync(sources);
  writeTrips(join(sources, 'first.csv'), trips(1200));
  writeTrips(join(sources, 'later.csv'), trips(1800));
  const settings = { MLOPS_SOURCE_DIRECTORIES: sources, MODEL_SERVER_LOG_ROTATE_MS: '200' };
  const stack = await startStack({ directory, ui: false, durable: false, environment: settings });
  const connection = await Connection.connect({ address: stack.temporalAddress });
  try {
    await record(stack, new Client({ connection, dataConverter: dataConverter() }), directory);
  } finally {
    await connection.close();
    await stack.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function record(stack: Stack, client: Client, directory: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const cli = await findTemporalCli({ log: console.log });
  const show = ['workflow', 'show', '--address', stack.temporalAddress, '-o', 'json', '-w'];
  const keep = async (name: string, workflowId: string) => {
    const { stdout } = await promisify(execFile)(cli, [...show, workflowId], { maxBuffer: 64 * 1024 * 1024 });
    const text = JSON.stringify(JSON.parse(stdout), anonymous).replaceAll(directory, '/data');
    writeFileSync(join(folder, `${name}.json`), `${text}\n`);
    console.log(`${name}: ${text.length} bytes`);
  };
  const recording = { client, life: new LifecycleClient(client, model), serverUrl: stack.serverUrl, keep };
  await firstVersion(recording);
  await challengers(recording);
  await deployments(recording);
  await monitoring(recording);
  await endings(recording);
}

/** What depends on the machine that recorded, and means nothing to a replay. */
const anonymous = (key: string, value: unknown) => (key === 'identity' || key === 'stackTrace' ? '' : value);

async function firstVersion({ life, keep }: Recording): Promise<void> {
  await life.start(smallLife(model, { first: 'first.csv', later: 'later.csv' }));
  await reached(life, (s) => s.waitingFor.length > 0);
  await keep('lifecycle-at-approval', lifecycle);
  await life.decide({ decision: 'approve', by });
  await reached(life, said('deployment promoted'));
  await keep('collect-version', workflowIds.collect(model));
  await keep('label-version', workflowIds.label(model));
  await keep('train-two-trials', workflowIds.train(model));
  await keep('package-version', workflowIds.package(model));
  await keep('deploy-first-version-promoted', deploy);
}

async function challengers({ life, keep }: Recording): Promise<void> {
  await life.signal('retrain', { by, reason: 'more trips' });
  await life.signal('retrain', { by, reason: 'one at a time' });
  await reached(life, (s) => s.waitingFor.length > 0);
  await life.decide({ decision: 'approve', by });
  await reached(life, said('retraining promoted'));
  await keep('retrain-promoted', workflowIds.retrain(model));
  await keep('deploy-candidate-promoted', deploy);
  await life.signal('retrain', { by, reason: 'the same trips again' });
  await reached(life, said('retraining kept'));
  await keep('retrain-kept', workflowIds.retrain(model));
  await life.rollback({ by, reason: 'back to the first' });
  await life.rollback({ by, reason: 'changes nothing' });
}

async function deployments({ client, life, keep }: Recording): Promise<void> {
  const start = (input: object, workflowId = deploy) =>
    client.workflow.start(workflowTypes.deploy, {
      workflowId,
      taskQueue: taskQueues.orchestration,
      args: [{ model, environment, ...input }],
    });
  const rejected = await start({ version: 2, canary: smallCanary });
  await reached(life, (s) => s.waitingFor.length > 0);
  await rejected.signal('reject', { by, comment: 'not on a Friday' });
  await rejected.result();
  await keep('deploy-rejected', deploy);
  const unanswered = await start({ version: 2, approvalTimeout: '100ms' });
  await unanswered.result();
  await keep('deploy-unanswered', deploy);
  const rolledBack = await start({ version: 2, canary: { ...smallCanary, duration: '1 hour', timeout: '2 hours' } });
  await reached(life, (s) => s.waitingFor.length > 0);
  await life.decide({ decision: 'approve', by });
  await reached(life, (s) => s.endpoints.some((e) => e.rollout?.phase === 'atStep' && e.pushed));
  await life.rollback({ by, reason: 'the candidate looks odd' });
  await rolledBack.result();
  await keep('deploy-candidate-rolled-back', deploy);
  const breakGlass = workflowIds.breakGlass(model, environment);
  await (await start({ rollback: { by, reason: 'the owner is away' } }, breakGlass)).result();
  await keep('deploy-break-glass', breakGlass);
}

async function monitoring({ client, keep, serverUrl }: Recording): Promise<void> {
  const asked = trips(250, 7).map(known); // three days that are over, and a fourth
  await fetch(`${serverUrl}/models/${model}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_records: asked }),
  });
  const workflowId = workflowIds.monitor(model, environment);
  const options = { workflowId, taskQueue: taskQueues.orchestration };
  const input = { model, environment, policy: { minRows: 20, patience: 1, psiThreshold: 0.001 } };
  const look = () => client.workflow.execute(workflowTypes.monitor, { ...options, args: [input] });
  while (((await look()) as MonitorResult).verdict === 'nothingToLookAt') await sleep(100);
  await keep('monitor-drifted', workflowId);
}

async function endings({ client, life, keep }: Recording): Promise<void> {
  await life.signal('pause', { by });
  await life.signal('resume', { by });
  await client.workflow.getHandle(lifecycle).signal('approve', 'nonsense');
  await life.signal('recordOutcomes', { outcomes: [{ requestId: 'unknown', outcome: 1 }] });
  await life.signal('retire', { by, reason: 'recorded' });
  await client.workflow.getHandle(lifecycle).result();
  await keep('lifecycle-whole-life', lifecycle);
  await continued(client, keep);
}

/** A lifecycle hands over to the next run after 500 messages; that run begins with the state of the one before. */
async function continued(client: Client, keep: Recording['keep']): Promise<void> {
  const busy = new LifecycleClient(client, 'busy');
  const handle = await busy.start({ model: 'busy' });
  const newest = async () => (await handle.describe()).runId;
  const first = await newest();
  while ((await newest()) === first) await Promise.all(Array.from({ length: 100 }, () => handle.signal('pause', {})));
  await busy.signal('retire', { by, reason: 'recorded' });
  await handle.result();
  await keep('lifecycle-continued-as-new', busy.workflowId);
}

const said = (text: string) => (status: LifecycleStatus) => status.history.some((h) => h.what.startsWith(text));

async function reached(life: LifecycleClient, isReached: (status: LifecycleStatus) => boolean): Promise<void> {
  for (;;) {
    const status = await life.status().catch(() => null);
    if (status?.stage === 'stopped') throw new Error(status.problem ?? 'stopped');
    if (status && isReached(status)) return;
    await sleep(100);
  }
}

await main();
