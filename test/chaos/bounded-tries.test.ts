import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rootCause } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Ports, Source } from '../../index.js';
import { type CollectResult, errorCode, type TrainResult } from '../../schemas/index.js';
import { smallRecipe } from '../../scripts/bench/small-model.js';
import { type Host, openHost } from '../integration/host.js';
import { ask } from '../integration/ledger-database.js';

const fixture = (name: string) => pathToFileURL(fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url))).href;
const { collect, label, train } = smallRecipe('bounded', 'trips.csv');

let host: Host;
let folder: Host['folder'];
let databaseUrl: Host['databaseUrl'];
let connection: Host['connection'];
let client: Host['client'];
let mlops: Host['mlops'];

beforeAll(async () => {
  host = await openHost('bounded');
  ({ folder, databaseUrl, connection, client, mlops } = host);
});
afterAll(() => host.close());

let listings = 0;
/** A team's source, whose every listing ends as the test says. */
const sourceThat = (kind: string, fail: () => Error | null): Source => ({
  kind,
  options: z.looseObject({}),
  list: async () => {
    listings++;
    const error = fail();
    if (error) throw error;
    return { partitions: [{ key: 'all', stamp: '1' }], watermark: null };
  },
  fetch: async () => ({ format: 'csv', files: [{ name: 'trips.csv', path: join(folder, 'trips.csv') }] }),
});

async function runWith<T>(work: () => Promise<T>, more: (ours: Ports) => Promise<Partial<Ports>>): Promise<T> {
  const ports = async (): Promise<Ports> => {
    const ours = await mlops.openPorts(host.environment);
    return { ...ours, ...(await more(ours)) };
  };
  const worker = (taskQueue: string, workflows: boolean) =>
    Worker.create({ connection, taskQueue, plugins: [new mlops.MlopsPlugin({ ports, workflows })] });
  const { orchestration, compute } = mlops.taskQueues;
  return (await worker(orchestration, true)).runUntil((await worker(compute, false)).runUntil(work));
}

const execute = <T>(type: string, workflowId: string, input: object) =>
  client.workflow.execute(type, { workflowId, taskQueue: mlops.taskQueues.orchestration, args: [input] }) as Promise<T>;

async function scheduled(workflowId: string, activity: string): Promise<number> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity)
    .length;
}

describe('a trial whose process is killed', () => {
  it('is tried three times, and is then a failed run of a search that goes on', async () => {
    const trainers = await Promise.all(
      ['own-trainer', 'killed-trainer'].map(async (name) => {
        const { trainer } = await import(fixture(name));
        return { ...trainer, module: fixture(name) };
      }),
    );
    const result = await runWith(
      async () => {
        await execute('collectData', 'collect/bounded', collect);
        await execute('labelData', 'label/bounded', { dataset: { name: 'bounded' }, ...label });
        const search = { trainers: ['own-mean', 'killed'], trials: 2 };
        return execute<TrainResult>('trainModel', 'train/bounded', {
          model: 'bounded',
          dataset: { name: 'bounded-labelled' },
          ...train,
          search,
        });
      },
      async () => ({ trainers }),
    );
    expect(result.trainer).toBe('own-mean');
    expect(result.trials).toMatchObject([
      { trainer: 'own-mean', reason: null },
      { trainer: 'killed', runId: null, reason: expect.stringContaining('SIGKILL') },
    ]);
    expect(await scheduled('train/bounded', 'runTrial')).toBe(1 + 3 + 1);
    const { rows } = await ask(databaseUrl, "select status from mlops.v_run where trainer = 'killed'");
    expect(rows).toEqual([{ status: 'failed' }]);
  });
});

describe('an error that nobody has thought of', () => {
  it('ends the stage after three tries, with its message', async () => {
    listings = 0;
    const broken = sourceThat('broken', () => new TypeError('x is not a function'));
    const error = await runWith(
      () =>
        execute('collectData', 'collect/broken', { dataset: 'broken', sources: [{ kind: 'broken', name: 'trips' }] }),
      async (ours) => ({ sources: [...ours.sources, broken] }),
    ).catch((caught: unknown) => caught);
    expect(errorCode(error)).toBe('UNEXPECTED');
    expect(rootCause((error as Error).cause)).toContain('x is not a function');
    expect(listings).toBe(3);
  });
});

describe('a world that is away', () => {
  it('is waited for beyond any count of tries', async () => {
    listings = 0;
    const refused = () => Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' });
    const away = sourceThat('away', () => (listings < 6 ? refused() : null));
    const result = await runWith(
      () =>
        execute<CollectResult>('collectData', 'collect/away', {
          dataset: 'away',
          sources: [{ kind: 'away', name: 'trips' }],
        }),
      async (ours) => ({ sources: [...ours.sources, away] }),
    );
    expect([result.rows, listings]).toEqual([1200, 7]);
    expect(await scheduled('collect/away', 'collectDataset')).toBe(1);
  });
});

describe('work that is given up after a while', () => {
  it('begins no further try once its time is over', async () => {
    const taskQueue = 'bounded-tries';
    const workflowsPath = fileURLToPath(new URL('../fixtures/bounded-workflows.js', import.meta.url));
    const worker = await Worker.create({ connection, taskQueue, workflowsPath });
    const triesWithin = (ms: number) =>
      client.workflow.execute('triesWithin', { taskQueue, workflowId: `within/${ms}`, args: [ms] });
    const tries = await worker.runUntil(() => Promise.all([0, 1000, 3_600_000].map(triesWithin)));
    expect(tries).toEqual([1, 2, 3]);
  });
});
