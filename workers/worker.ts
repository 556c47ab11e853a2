import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  type RuntimeOptions,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { migrateAsOwner } from '../activities/stores/postgres/migrate.js';
import { type Configuration, MlopsPlugin, readConfiguration, taskQueuesWith } from '../index.js';
import { type TaskQueue, taskQueues } from '../schemas/names.js';
import { onceTheWorldIsThere } from './wait-for-world.js';

/*
 * The ready-made worker: all task queues in one process, or those that are asked for. Settings come from the environment (docs/operations.md).
 */
const bundlePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  // Before the runtime, which takes the signals that end this process for its workers'.
  if (configuration.MLOPS_PROFILE === 'development')
    await onceTheWorldIsThere(() => migrateAsOwner(configuration), { what: 'Postgres', say: console.warn });
  Runtime.install({ logger: new DefaultLogger('WARN'), ...telemetryOf(configuration) });
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  try {
    const queues = taskQueuesWith(configuration.MLOPS_TASK_QUEUE_PREFIX);
    const asked = configuration.MLOPS_TASK_QUEUES ?? Object.values(taskQueues);
    const workers = await createWorkers(connection, { namespace, queues, asked, ...versioning(configuration) });
    process.send?.({ kind: 'ready' });
    const names = workers.map(({ options }) => options.taskQueue);
    console.log(`worker ready: ${names.join(', ')} in ${namespace ?? 'default'}`);
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await connection.close().catch(() => {}); // a worker that still holds it must not hide why another one ended
  }
}

/** Metrics of Temporal's own core (docs/operations.md); durations in seconds and counters by the rules of Prometheus. */
function telemetryOf({ MLOPS_WORKER_METRICS_ADDRESS: bindAddress }: Configuration): RuntimeOptions {
  if (bindAddress === undefined) return {};
  const prometheus = { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
  return { telemetryOptions: { metrics: { prometheus } } };
}

/** With a version in the environment, Temporal sends a workflow to the code that it may run on. */
function versioning({ TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID }: Configuration): Partial<WorkerOptions> {
  if (TEMPORAL_DEPLOYMENT_NAME === undefined || TEMPORAL_WORKER_BUILD_ID === undefined) return {};
  const version = { deploymentName: TEMPORAL_DEPLOYMENT_NAME, buildId: TEMPORAL_WORKER_BUILD_ID };
  return { workerDeploymentOptions: { useWorkerVersioning: true, version, defaultVersioningBehavior: 'AUTO_UPGRADE' } };
}

interface Shared extends Partial<WorkerOptions> {
  readonly queues: ReturnType<typeof taskQueuesWith>;
  /** the queues to work on, without their prefix */
  readonly asked: readonly string[];
}

/** Each has stores of its own: no work on one queue can take the connections that another one needs. */
async function createWorkers(connection: NativeConnection, { queues, asked, ...options }: Shared): Promise<Worker[]> {
  const create = (queue: TaskQueue) => {
    const more = queue === 'orchestration' ? forWorkflows() : {};
    return Worker.create({ ...options, ...more, connection, taskQueue: queues[queue], plugins: [new MlopsPlugin()] });
  };
  const chosen = (Object.keys(queues) as TaskQueue[]).filter((queue) => asked.includes(taskQueues[queue]));
  return Promise.all(chosen.map(create));
}

function forWorkflows(): Partial<WorkerOptions> {
  const cached = process.env['MLOPS_MAX_CACHED_WORKFLOWS'];
  return {
    ...(existsSync(bundlePath) ? { workflowBundle: { codePath: bundlePath } } : {}),
    ...(cached === undefined ? {} : { maxCachedWorkflows: Number(cached) }),
  };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
