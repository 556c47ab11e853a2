import { fileURLToPath, pathToFileURL } from 'node:url';
import { rootCause } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MlopsPluginOptions, Ports } from '../../index.js';
import { type CollectResult, errorCode, searchAttributes, type TrainResult } from '../../schemas/index.js';
import { smallRecipe } from '../../scripts/bench/small-model.js';
import { openFeedService } from './feed-service.js';
import { type Host, openHost } from './host.js';
import { ask } from './ledger-database.js';
import { until } from './small-stack.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));
const activities = { greet: async (name: string) => `hello ${name}` };

let host: Host;
let databaseUrl: Host['databaseUrl'];
let connection: Host['connection'];
let client: Host['client'];
let mlops: Host['mlops'];

beforeAll(async () => {
  host = await openHost('host');
  ({ databaseUrl, connection, client, mlops } = host);
});
afterAll(() => host.close());

/** Our own adapters, as a host's environment names them. */
const openPorts = () => mlops.openPorts({ ...host.environment, DATABASE_URL: `${databaseUrl}?application_name=host` });

/** A team's Worker with its own workflows and activities, and ours beside them; with one on each of the other queues. */
async function runHost<T>(work: () => Promise<T>, given: MlopsPluginOptions = {}): Promise<T> {
  const host = await hostWorker({ workflowsPath: fixture('host-workflows'), activities }, given);
  const plugins = [new mlops.MlopsPlugin({ ports: openPorts, ...given })];
  const compute = await Worker.create({ connection, taskQueue: mlops.taskQueues.compute, plugins });
  const urgent = await Worker.create({ connection, taskQueue: mlops.taskQueues.urgent, plugins });
  return host.runUntil(compute.runUntil(urgent.runUntil(work)));
}

const hostWorker = (options: Partial<WorkerOptions>, given: MlopsPluginOptions = {}) =>
  Worker.create({
    connection,
    taskQueue: mlops.taskQueues.orchestration,
    plugins: [new mlops.MlopsPlugin({ ports: openPorts, ...given })],
    ...options,
  });

const execute = <T>(type: string, workflowId: string, input: unknown) =>
  client.workflow.execute(type, { workflowId, taskQueue: mlops.taskQueues.orchestration, args: [input] }) as Promise<T>;
/** The code and the message of what a workflow failed with. */
const refused = (error: unknown) => [errorCode(error), rootCause((error as Error).cause)];
const { collect, label, train } = smallRecipe('hosted', 'trips.csv');
const sessions = async () =>
  Number(
    (await ask(databaseUrl, "select count(*) from pg_stat_activity where application_name = 'host'")).rows[0].count,
  );

describe("a team's own Worker with the plugin", () => {
  it('runs its own workflow with its own activity, and ours', async () => {
    const [greeting, collected] = await runHost(() =>
      Promise.all([
        execute<string>('greeting', 'host/greeting', 'Ana'),
        execute<CollectResult>('collectData', 'collect/hosted', collect),
      ]),
    );
    expect(greeting).toBe('hello Ana');
    expect(collected).toMatchObject({ dataset: { name: 'hosted', version: 1 }, rows: 1200 });
  });

  it('has queues of its own where it has a prefix, and our workflows find them', async () => {
    const { orchestration, compute } = mlops.taskQueuesWith('team-');
    const host = await hostWorker({ taskQueue: orchestration, workflowsPath: fixture('host-workflows'), activities });
    const beside = await Worker.create({
      connection,
      taskQueue: compute,
      plugins: [new mlops.MlopsPlugin({ ports: openPorts })],
    });
    const collected = await host.runUntil(
      beside.runUntil(() =>
        client.workflow.execute('collectData', {
          workflowId: 'collect/prefixed',
          taskQueue: orchestration,
          args: [{ ...collect, dataset: 'prefixed' }],
        }),
      ),
    );
    expect(collected).toMatchObject({ dataset: { name: 'prefixed', version: 1 } });
  });

  it('has connections while it runs and none when it has stopped', async () => {
    const during = await runHost(async () => {
      await execute('labelData', 'label/hosted', { dataset: { name: 'hosted' }, ...label });
      return sessions();
    });
    expect(during).toBeGreaterThan(0);
    await until(async () => (await sessions()) === 0, 5_000);
  });

  it("takes the team's own store in place of ours, and its own trainers beside ours", async () => {
    const stored: string[] = [];
    const ports = async (): Promise<Ports> => {
      const ours = await openPorts();
      const blobs = Object.create(ours.blobs, {
        put: {
          value: async (...args: Parameters<typeof ours.blobs.put>) => {
            const blob = await ours.blobs.put(...args);
            stored.push(blob.digest);
            return blob;
          },
        },
      });
      return { ...ours, blobs };
    };
    const module = pathToFileURL(fixture('own-trainer')).href;
    const { trainer } = await import(module);
    const input = { model: 'hosted', dataset: { name: 'hosted-labelled' }, ...train };
    const search = { trainers: ['linear', 'own-mean'], trials: 2 };
    const [own, unknown] = await runHost(
      () =>
        Promise.all([
          execute<TrainResult>('trainModel', 'train/own', { ...input, search }),
          execute('trainModel', 'train/none', { ...input, search: { trainers: ['mine'] } }).catch(refused),
        ]),
      { ports, trainers: [{ ...trainer, module }] },
    );
    expect(own.trials.map((trial) => `${trial.trainer}: ${trial.reason}`).toSorted()).toEqual([
      'linear: null',
      'own-mean: null',
    ]);
    expect(unknown).toEqual(['TRAINER_UNKNOWN', expect.stringContaining('baseline, linear, gbt, own-mean')]);
    expect(stored).toContain(own.runDigest);
  });
});

describe("a team's own kind of source", () => {
  it('is one file and one line: an input asks for it by its kind, and lineage names its files', async () => {
    const feed = await openFeedService();
    feed.files.set('april.csv', 'id,late\n1,true\n2,false\n').set('may.csv', 'id,late\n3,false\n');
    const { source } = await import(fixture('own-source'));
    const collectFrom = (dataset: string, more: object) =>
      execute<CollectResult>('collectData', `collect/${dataset}`, { dataset, sources: [{ name: 'trips', ...more }] });
    try {
      const [own, unknown, wrong] = await runHost(
        () =>
          Promise.all([
            collectFrom('fed', { kind: 'feed', url: feed.url }),
            collectFrom('unknown', { kind: 'carrier-pigeon', url: feed.url }).catch(refused),
            collectFrom('wrong', { kind: 'feed', url: 'no url' }).catch(refused),
          ]),
        { sources: [source] },
      );
      expect(own).toMatchObject({ dataset: { name: 'fed', version: 1 }, rows: 3 });
      const edges = await ask(
        databaseUrl,
        `select from_digest from v_lineage_edge where to_digest = '${own.dataset.digest}'`,
      );
      const fetched: string[] = edges.rows.map(({ from_digest: from }) => from.split('#')[0]);
      expect(fetched.toSorted()).toEqual(['source:april.csv', 'source:may.csv']);
      expect(unknown).toEqual(['SOURCE_UNKNOWN', expect.stringContaining('There are: file, feed.')]);
      expect(wrong).toEqual(['InvalidInput', expect.stringContaining('url: ')]);
    } finally {
      await feed.close();
    }
  });
});

describe('a Worker that could not run our workflows', () => {
  it('is refused when its workflows do not re-export ours', async () => {
    const forgot = { workflowsPath: fixture('host-workflows-without-ours') };
    const prebuilt = { workflowBundle: { code: 'module.exports = {}' } };
    for (const options of [forgot, prebuilt]) {
      const error = await hostWorker(options).catch((e: unknown) => e);
      expect(String(error)).toContain("export * from 'temporal-mlops/workflows'");
      expect(errorCode(error)).toBe('WORKFLOWS_NOT_EXPORTED');
    }
  });

  it('is refused in a namespace without our search attributes, with the commands that create them', async () => {
    const namespace = 'without-search-attributes';
    await client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    const own = await NativeConnection.connect({ address: inject('temporalAddress') });
    const options = { connection: own, namespace, workflowsPath: fixture('host-workflows') };
    const worker = await until(() => hostWorker(options), 20_000);
    const error = await worker.run().catch((e: unknown) => e);
    expect(errorCode(error)).toBe('SEARCH_ATTRIBUTES_MISSING');
    for (const [name, type] of Object.entries(searchAttributes))
      expect(String(error)).toContain(
        `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`,
      );
    expect(await sessions()).toBe(0);
  });
});
