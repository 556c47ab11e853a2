import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { SimplePlugin } from '@temporalio/plugin';
import type { WorkerOptions } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { refuseWrongPorts } from '../activities/host-ports.js';
import { MlopsPlugin, type MlopsPluginOptions, type OwnTrainer, type Source } from '../index.js';

const complete = {
  DATABASE_URL: 'postgres://writer@127.0.0.1:5432/mlops',
  BLOB_URL: 'file:///tmp/blobs',
  MODEL_SERVER_ADDRESS: 'http://127.0.0.1:9090',
  MODEL_SERVER_TOKEN: 'a-token-that-is-long-enough',
};
const pluginOf = (options: MlopsPluginOptions = {}) => new MlopsPlugin({ environment: complete, ...options });
const configured = (options: Partial<WorkerOptions> = {}, plugin = pluginOf()) =>
  plugin.configureWorker({ taskQueue: 'mlops', ...options });

describe("a host's Worker", () => {
  it.each([
    ['mlops', { isolateExecutionTimeout: '60 s', stickyQueueScheduleToStartTimeout: '2 s', maxCachedWorkflows: 500 }],
    ['team-mlops', { isolateExecutionTimeout: '60 s', shutdownGraceTime: '10 s', shutdownForceTime: '30 s' }],
    ['mlops-compute', { maxConcurrentActivityTaskExecutions: availableParallelism(), shutdownGraceTime: '10 s' }],
    ['team-mlops-urgent', { maxConcurrentActivityTaskExecutions: 50, shutdownForceTime: '30 s' }],
    ['billing', { isolateExecutionTimeout: '60 s', maxCachedWorkflows: 500 }],
  ])('on the queue %s has the options of ours', (taskQueue, options) => {
    expect(configured({ taskQueue })).toMatchObject(options);
  });

  it('keeps its own values, and one that is undefined is none', () => {
    const own = { isolateExecutionTimeout: '5 m', maxCachedWorkflows: 7, shutdownGraceTime: undefined } as const;
    expect(configured(own)).toMatchObject({ ...own, shutdownGraceTime: '10 s' });
  });

  it('gets no number of slots beside a tuner, which Temporal would refuse', () => {
    const tuner = {} as NonNullable<WorkerOptions['tuner']>;
    expect(configured({ taskQueue: 'mlops-urgent', tuner })).not.toHaveProperty('maxConcurrentActivityTaskExecutions');
  });

  it.each([
    ['mlops', {}, true],
    ['billing', {}, true],
    ['mlops-compute', {}, false],
    ['mlops-urgent', {}, false],
    ['mlops-compute', { workflows: true }, true],
    ['mlops', { workflows: false }, false],
  ])('on the queue %s with %j runs our workflows: %s', (taskQueue, options, runs) => {
    expect(configured({ taskQueue }, pluginOf(options)).workflowsPath !== undefined).toBe(runs);
  });

  it('keeps its own workflows on any queue', () => {
    const theirs = configured({ taskQueue: 'mlops-compute', workflowsPath: '/own/workflows.js' });
    expect(theirs.workflowsPath).toBe('/own/workflows.js');
  });
});

describe('another plugin before ours', () => {
  it('keeps its interceptors, which are called first, and its own values', () => {
    const traced = () => ({});
    const other = new SimplePlugin({ name: 'traces', workerInterceptors: { activity: [traced] } });
    const { interceptors } = configured(other.configureWorker({ taskQueue: 'mlops', maxCachedWorkflows: 9 }));
    expect(interceptors?.activity).toEqual([traced, expect.any(Function), expect.any(Function)]);
  });
});

describe('the settings of the plugin', () => {
  it.each([
    [{}, 'DATABASE_URL: is missing'],
    [{ ...complete, BLOB_URL: 'ftp://x' }, 'BLOB_URL: must'],
    [{ ...complete, MODEL_SERVER_TOKEN: undefined }, 'MODEL_SERVER_ADDRESS and MODEL_SERVER_TOKEN are needed'],
  ])('are looked at when it is made: %j', (environment, message) => {
    expect(() => new MlopsPlugin({ environment })).toThrow(message);
  });

  it('are those of the process where none are given', () => {
    expect(() => new MlopsPlugin()).toThrow('DATABASE_URL: is missing');
  });

  it('are not needed by one that bundles, which then runs no Worker', () => {
    const plugin = new MlopsPlugin({ ports: null });
    expect(plugin.configureBundler({ workflowsPath: '/own/workflows.js' }).preloadModules).toHaveLength(2);
    expect(() => configured({}, plugin)).toThrow('runs no Worker');
  });
});

describe("a team's own adapters", () => {
  const file = fileURLToPath(new URL('fixtures/own-trainer.js', import.meta.url));
  const trainerOf = (kind: string, module: string) => ({ kind, module }) as OwnTrainer;
  const source = (kind: string) => ({ kind }) as Source;

  it.each([
    [{ trainers: [trainerOf('gbt', `file://${file}`)] }, 'Two trainers have the name "gbt"'],
    [{ sources: [source('feed'), source('feed')] }, 'Two sources have the name "feed"'],
    [{ trainers: [trainerOf('mine', undefined as unknown as string)] }, 'Trainer "mine" needs "module"'],
    [{ trainers: [trainerOf('mine', './mine.js')] }, "import.meta.resolve('./mine.js')"],
    [{ trainers: [trainerOf('mine', 'file:///src/mine.ts')] }, 'the URL of its compiled file'],
  ])('are refused when the plugin is made where they cannot work: %j', (own, message) => {
    expect(() => pluginOf(own)).toThrow(message);
  });

  const portsWith = (kind: string, module: string) => ({
    sources: [source('file')],
    labelers: [],
    trainers: [trainerOf(kind, module)],
  });

  it('are refused when the worker starts where a trial could not load them', async () => {
    const url = `file://${file}`;
    await expect(refuseWrongPorts(portsWith('own-mean', url))).resolves.toBeUndefined();
    await expect(refuseWrongPorts(portsWith('other', url))).rejects.toThrow('exports no "trainer" of the kind "other"');
    await expect(refuseWrongPorts(portsWith('own-mean', 'file:///nowhere.js'))).rejects.toThrow('cannot be loaded');
  });
});
