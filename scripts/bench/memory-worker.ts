import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel } from 'node:worker_threads';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { MlopsPlugin, openPorts, taskQueues } from '../../index.js';

/*
 * The worker that is weighed, in a process of its own. Its argument is a `WorkerToWeigh` as JSON; asked how it is, by a
 * message, it collects garbage and answers with a `Weight`.
 */
export interface WorkerToWeigh {
  readonly address: string;
  readonly taskQueue: string;
  readonly bundleFile: string;
  /** the plugin and the settings of its stores; null for a bare worker */
  readonly environment: Readonly<Record<string, string>> | null;
  readonly maxCachedWorkflows: number;
}

export interface Question {
  readonly collect: boolean;
}

export interface Weight {
  readonly rssBytes: number;
  readonly cachedWorkflows: number;
  /** nothing is being worked on */
  readonly isIdle: boolean;
}

async function main(): Promise<void> {
  const { address, taskQueue, bundleFile, environment, maxCachedWorkflows } = JSON.parse(
    process.argv[2] ?? '',
  ) as WorkerToWeigh;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { codePath: bundleFile },
    maxCachedWorkflows,
    ...(environment === null ? {} : { plugins: [new MlopsPlugin({ ports: () => openPorts(environment) })] }),
  });
  if (environment !== null) void workUrgently(connection, environment);
  const channel = new BroadcastChannel('collect-garbage');
  channel.unref();
  process.on('disconnect', () => process.exit());
  process.on('message', ({ collect }: Question) => void answer(worker, collect ? channel : null));
  await worker.run();
}

/** What a lifecycle asks as it begins is answered here: a queue for both that are weighed. */
async function workUrgently(
  connection: NativeConnection,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const plugins = [new MlopsPlugin({ ports: () => openPorts(environment), workflows: false })];
  const worker = await Worker.create({ connection, taskQueue: taskQueues.urgent, plugins });
  await worker.run();
}

async function answer(worker: Worker, channel: BroadcastChannel | null): Promise<void> {
  for (let i = 0; channel !== null && i < 3; i++) {
    channel.postMessage('now');
    globalThis.gc?.();
    await sleep(150);
  }
  const status = worker.getStatus();
  const weight: Weight = {
    rssBytes: process.memoryUsage.rss(),
    cachedWorkflows: status.numCachedWorkflows,
    isIdle: status.numInFlightActivities === 0 && status.numInFlightWorkflowActivations === 0,
  };
  process.send?.(weight);
}

await main();
