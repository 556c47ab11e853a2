import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import pg from 'pg';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { dataConverter, MlopsPlugin, openPorts } from '../../index.js';
import type { BareStep } from './bare-workflows.js';
import type { Bench, Measured } from './bench.js';
import { inPlace, type Place } from './place.js';
import { portsEnvironment } from './ports-environment.js';
import { alternate, rounded, spread } from './rounds.js';

const pairs = 9;
const workflowsPerPair = 10;
const warmUps = 20;

/** How long one workflow of seven steps takes, from its start to its result; one workflow at a time. */
export const bench: Bench = (log) => inPlace((place) => measure(place, log));

/** Runs one workflow to its end. */
type Side = (id: string) => Promise<unknown>;

async function measure(place: Place, log: (line: string) => void): Promise<Measured> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const servers = await startServers(place);
  const sides = { ours: await ourSide(place, servers), bare: await bareSide(place, servers) };
  log(`${pairs} pairs of ${workflowsPerPair} workflows a side …`);
  await medianMilliseconds(sides.ours, warmUps);
  await medianMilliseconds(sides.bare, warmUps);
  const rounds = await alternate(pairs, {
    ours: () => medianMilliseconds(sides.ours, workflowsPerPair),
    bare: () => medianMilliseconds(sides.bare, workflowsPerPair),
  });
  return result(rounds);
}

function result(rounds: readonly { ours: number; bare: number }[]): Measured {
  const ratio = spread(rounds.map(({ ours, bare }) => bare / ours));
  return {
    figures: {
      pairs,
      workflowsPerPair,
      oursMilliseconds: spread(rounds.map(({ ours }) => ours)),
      bareMilliseconds: spread(rounds.map(({ bare }) => bare)),
      vsBareTemporalRatio: ratio,
    },
    ratios: { vsBareTemporal: rounded(ratio.median, 2) },
  };
}

let started = 0;

async function medianMilliseconds(side: Side, count: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await side(`bench-${started++}`);
    times.push(performance.now() - began);
  }
  return spread(times).median;
}

interface Servers {
  readonly worker: NativeConnection;
  readonly client: Connection;
  readonly databaseUrl: string;
}

async function startServers(place: Place): Promise<Servers> {
  const [address, databaseUrl] = await Promise.all([place.temporal(), place.postgres()]);
  await migrate(databaseUrl);
  const [worker, client] = await Promise.all([NativeConnection.connect({ address }), Connection.connect({ address })]);
  place.atEnd(() => Promise.all([worker.close(), client.close()]));
  return { worker, client, databaseUrl };
}

/** As a host runs us: its own workflows module, which re-exports ours, and the plugin. */
async function ourSide(place: Place, { worker, client, databaseUrl }: Servers): Promise<Side> {
  const taskQueue = 'bench-ours';
  await startWorker(place, {
    connection: worker,
    taskQueue,
    workflowsPath: own('./host-workflows.js'),
    plugins: [new MlopsPlugin({ ports: () => openPorts(portsEnvironment(place, databaseUrl)) })],
  });
  const { workflow } = new Client({ connection: client, dataConverter: dataConverter() });
  return (id) => workflow.execute('sevenRecordedSteps', { workflowId: id, taskQueue, args: [id] });
}

/** As little as it takes: the SDK as it is, and one table. */
async function bareSide(place: Place, { worker, client, databaseUrl }: Servers): Promise<Side> {
  const taskQueue = 'bench-bare';
  const pool = new pg.Pool({ connectionString: databaseUrl });
  place.atEnd(() => pool.end());
  await pool.query('create table step (workflow_id text, step integer, body jsonb, primary key (workflow_id, step))');
  const insertStep = async ({ id, step, body }: BareStep) =>
    void (await pool.query('insert into step values ($1, $2, $3)', [id, step, body]));
  const workflowsPath = own('./bare-workflows.js');
  await startWorker(place, { connection: worker, taskQueue, workflowsPath, activities: { insertStep } });
  const { workflow } = new Client({ connection: client });
  return (id) => workflow.execute('sevenBareSteps', { workflowId: id, taskQueue, args: [id] });
}

async function startWorker(place: Place, options: WorkerOptions): Promise<void> {
  const worker = await Worker.create(options);
  const running = worker.run();
  place.atEnd(() => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    return running;
  });
  running.catch(() => {}); // awaited at the end
}

const own = (path: string) => fileURLToPath(new URL(path, import.meta.url));
