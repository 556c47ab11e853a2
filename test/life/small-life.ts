import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { Pool } from 'pg';
import { LifecycleClient } from '../../client.js';
import { type LifecycleStatus, taskQueues, workflowIds, workflowTypes } from '../../schemas/index.js';
import { type Stack, type StackOptions, startStack } from '../../scripts/servers/stack.js';

export const model = 'late';
export const environment = 'production';
export const by = 'test@example.com';
const rows = 3000;
const dataset = 'trips';

/** A small model's life on a stack of its own: every server is real, and none of them is what the environment names. */
export interface SmallLife {
  readonly stack: Stack;
  readonly folder: string;
  readonly client: Client;
  readonly life: LifecycleClient;
  readonly pool: Pool;
  close(): Promise<void>;
}

export async function openSmallLife(options: Partial<StackOptions> = {}): Promise<SmallLife> {
  for (const name of ['DATABASE_URL', 'BLOB_URL']) delete process.env[name];
  const folder = mkdtempSync(join(tmpdir(), 'mlops-life-'));
  chmodSync(folder, 0o755);
  writeTrips(join(folder, 'sources'));
  const environmentGiven = {
    MLOPS_SOURCE_DIRECTORIES: join(folder, 'sources'),
    MODEL_SERVER_LOG_ROTATE_MS: '2000',
    ...options.environment,
  };
  const stack = await startStack({
    directory: folder,
    ui: false,
    durable: false,
    ...options,
    environment: environmentGiven,
  });
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const client = new Client({ connection });
  const pool = new Pool({ connectionString: stack.environment['DATABASE_URL'], max: 2 });
  pool.on('error', () => {}); // a killed Postgres ends its idle connections
  const close = async () => {
    await pool.end();
    await connection.close();
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { stack, folder, client, life: new LifecycleClient(client, model), pool, close };
}

/** A life with two versions, of which the second serves and the first is kept warm. */
export async function openTwoVersions(options: Partial<StackOptions> = {}): Promise<SmallLife> {
  const at = await openSmallLife(options);
  await start(at);
  await approve(at, 1);
  await retrain(at);
  return at;
}

/** A trip is late with a chance that grows with its distance; a fixed generator, so that every life has the same data. */
function writeTrips(folder: string): void {
  mkdirSync(folder, { recursive: true });
  let seed = 42;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  const lines = Array.from({ length: rows }, (_, i) => {
    const at = new Date(Date.parse('2001-01-01') + i * 15 * 60_000).toISOString();
    const distance = Math.floor(random() * 1000);
    const carrier = ['AA', 'DL', 'ÜN'][Math.floor(random() * 3)];
    return `${at},${distance},${carrier},${random() * 1200 < distance ? 40 : 5}`;
  });
  writeFileSync(join(folder, 'trips.csv'), ['departure,distance,carrier,delay', ...lines].join('\n'));
}

const recipe = (trainers: string[], to: string) => ({
  collect: { dataset, sources: [{ name: 'trips', path: 'trips.csv' }], window: { column: 'departure', to } },
  label: { rule: 'delay > 15', knownAt: 'departure + to_minutes(cast(delay as bigint))' },
  train: { search: { trainers, trials: trainers.length } },
});

const canary = { share: 0.5, duration: '300ms', minRequests: 0 };

/** Version 1 only knows the mean; the retraining learns from more days, and wins. */
export const specification = {
  model,
  environment,
  recipe: recipe(['baseline'], '2001-01-25'),
  deploy: { canary },
  monitor: { every: '60 days', policy: { minRows: 10, patience: 100 } },
  retrain: { recipe: recipe(['baseline', 'linear'], '2001-02-01'), automatic: false },
};

/** The collection runs already when the lifecycle wants it: it is joined. */
export async function start(at: SmallLife): Promise<void> {
  await startWorkflow(at, workflowTypes.collect, workflowIds.collect(dataset), specification.recipe.collect);
  await insist(() => at.life.start(specification as never));
}

async function startWorkflow({ client }: SmallLife, type: string, workflowId: string, input: object): Promise<void> {
  const options = { workflowId, taskQueue: taskQueues.orchestration, args: [input] };
  await insist(() => client.workflow.start(type, { ...options, workflowIdConflictPolicy: 'USE_EXISTING' }));
}

async function runWorkflow(at: SmallLife, type: string, workflowId: string, input: object): Promise<void> {
  await startWorkflow(at, type, workflowId, input);
  await insist(() => at.client.workflow.getHandle(workflowId).result());
}

/** Waits for a version at the gate, approves it by update, and waits until it answers. */
export async function approve(at: SmallLife, version: number): Promise<void> {
  await waits(at, version);
  await insist(() => at.life.decide(approval(version)));
  await serves(at, version);
}

async function waits(at: SmallLife, version: number): Promise<void> {
  await untilStatus(at, `version ${version} to wait`, (s) => s.waitingFor.some((gate) => gate.version === version));
}

const approval = (version: number) => ({
  decision: 'approve' as const,
  by,
  version,
  requestId: `approve-${version}-${++answers}`,
});
let answers = 0;

/** What serves, and every change of it is in the ledger. */
export async function serves(at: SmallLife, version: number): Promise<void> {
  await untilStatus(
    at,
    `version ${version} to serve`,
    (s) =>
      s.ledgerBehindBy === 0 &&
      s.endpoints.some((e) => e.pushed && e.rollout === null && e.routes.current?.version === version),
  );
}

/** Two days of trips ask; their outcomes follow; the monitor looks at the first day. */
export async function askAndMonitor(at: SmallLife): Promise<void> {
  await logTrips(at, 21);
  const outcomes = Array.from({ length: 20 }, (_, i) => ({ requestId: `trip-${i}`, outcome: i % 3 === 0 }));
  await insist(() => at.life.signal('recordOutcomes', { by, outcomes, requestId: 'outcomes' }));
  const known = async () => (await at.pool.query('select count(*)::int as n from outcome')).rows[0].n;
  await until('the outcomes', async () => (await known()) >= 20);
  const { policy } = specification.monitor;
  const workflowId = workflowIds.monitor(model, environment);
  await runWorkflow(at, workflowTypes.monitor, workflowId, { model, environment, policy });
}

/** A model server that is killed may lose the answers of its last moments: those trips ask again. */
async function logTrips(at: SmallLife, count: number): Promise<void> {
  const isLogged = async () => {
    const { rows } = await at.pool.query('select request_id from v_prediction_log');
    const logged = new Set(rows.map((row) => row.request_id));
    missing = missing.filter((i) => !logged.has(`trip-${i}`));
    return missing.length === 0;
  };
  let missing = Array.from({ length: count }, (_, i) => i);
  for (let round = 0; missing.length > 0; round += 1) {
    if (round === 5) throw new Error(`Trips ${missing.join(', ')} were answered and are not in the log.`);
    for (const i of missing) await until(`an answer to trip ${i}`, async () => (await ask(at, i)) > 0);
    await until('the prediction log', isLogged, 20_000).catch(() => {});
  }
}

/** One trip asks; the version that answered, or 0 where nobody did. */
export async function ask({ stack }: SmallLife, i: number): Promise<number> {
  const trip = { departure: i < 20 ? '2001-03-01T10:00:00Z' : '2001-03-02T10:00:00Z', distance: (i * 97) % 1000 };
  const response = await fetch(`${stack.serverUrl}/models/${model}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': `trip-${i}` },
    body: JSON.stringify({ dataframe_records: [{ ...trip, carrier: 'DL' }] }),
    signal: AbortSignal.timeout(2000),
  }).catch(() => null);
  await response?.arrayBuffer();
  return response?.ok ? Number(response.headers.get('x-model-version')) : 0;
}

export async function retrain(at: SmallLife): Promise<void> {
  await insist(() => at.life.signal('retrain', { by, reason: 'a new month', requestId: 'retrain' }));
  await approve(at, 2);
}

/** break-glass rollback. */
export async function rollBackByBreakGlass(at: SmallLife): Promise<void> {
  const input = { model, environment, rollback: { by, reason: 'break-glass rollback' } };
  await runWorkflow(at, workflowTypes.deploy, workflowIds.breakGlass(model, environment), input);
}

/** A deployment by hand, whose own workflow is sent the answer and hands it on. */
export async function deployAgain(at: SmallLife, version: number): Promise<void> {
  const input = { model, environment, version, canary };
  const workflowId = workflowIds.deploy(model, environment);
  await startWorkflow(at, workflowTypes.deploy, workflowId, input);
  await waits(at, version);
  const answer = approval(version);
  await insist(() => at.client.workflow.getHandle(workflowId).executeUpdate('decide', { args: [answer] }));
  await serves(at, version);
}

export async function rollBack(at: SmallLife, requestId: string, toVersion?: number): Promise<void> {
  const target = toVersion === undefined ? {} : { toVersion };
  await insist(() => at.life.rollback({ by, reason: 'the old one was better', requestId, ...target }));
}

export async function retire({ client, life }: SmallLife): Promise<void> {
  await insist(() => life.signal('retire', { by, reason: 'the end', requestId: 'retire' }));
  await insist(() => client.workflow.getHandle(life.workflowId).result());
}

/** All of it: every activity is called at least once. */
export async function liveThrough(at: SmallLife): Promise<void> {
  await start(at);
  await approve(at, 1);
  await askAndMonitor(at);
  await retrain(at);
  await rollBackByBreakGlass(at);
  await serves(at, 1);
  await deployAgain(at, 2);
  await rollBack(at, 'rollback');
  await serves(at, 1);
  await retire(at);
}

export async function untilStatus(
  { life, client }: SmallLife,
  what: string,
  isReached: (status: LifecycleStatus) => boolean,
): Promise<LifecycleStatus> {
  let last: LifecycleStatus | null = null;
  const reached = async () => {
    last = await life.status({ timeoutMs: 1000 }).catch(() => last);
    return last !== null && (isReached(last) || last.stage === 'stopped');
  };
  const inWords = () => JSON.stringify(last, null, 1);
  await until(what, reached).catch(async (error: Error) => {
    throw new Error([error.message, inWords(), ...(await pendingWork(client))].join('\n'));
  });
  if (last !== null && !isReached(last)) throw new Error(`It stopped before ${what}:\n${inWords()}`);
  return last as unknown as LifecycleStatus;
}

async function pendingWork(client: Client): Promise<string[]> {
  const lines: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus="Running"' })) {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    lines.push(`${workflowId}: ${JSON.stringify([raw.pendingActivities, raw.pendingWorkflowTask])}`);
  }
  return lines;
}

/** Longer than a dozen recoveries one after another: what is not there by then hangs. */
let patienceMs = 200_000;

/** Of a file whose faults take longer. */
export function haveMorePatience(ms: number): void {
  patienceMs += ms;
}

export async function until(what: string, isDone: () => Promise<boolean>, timeoutMs = patienceMs): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isDone().catch(() => false))) {
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what}.`);
    await sleep(50);
  }
}

/** A person asks again under the same id where no answer came; what was refused is refused. */
async function insist(send: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    try {
      return void (await send());
    } catch (error) {
      if (isAnswer(error) || Date.now() > end) throw error;
      await sleep(200);
    }
  }
}

const isAnswer = (error: unknown) => error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError;
