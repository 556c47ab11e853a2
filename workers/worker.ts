import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { migrateAsOwner } from '../activities/stores/postgres/migrate.js';
import { type Configuration, MlopsPlugin, readConfiguration, taskQueuesWith } from '../index.js';

/*
 * The ready-made worker: all task queues in one process. Settings come from the environment (docs/operations.md).
 */
const bundlePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  Runtime.install({ logger: new DefaultLogger('WARN') });
  if (configuration.MLOPS_PROFILE === 'development') await migrateAsOwner(configuration);
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  try {
    const queues = taskQueuesWith(configuration.MLOPS_TASK_QUEUE_PREFIX);
    const workers = await createWorkers(connection, { namespace, queues, ...versioning(configuration) });
    process.send?.({ kind: 'ready' });
    console.log(`worker ready: ${Object.values(queues).join(', ')} in ${namespace ?? 'default'}`);
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await connection.close().catch(() => {}); // a worker that still holds it must not hide why another one ended
  }
}

/** With a version in the environment, Temporal sends a workflow to the code that it may run on. */
function versioning({ TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID }: Configuration): Partial<WorkerOptions> {
  if (TEMPORAL_DEPLOYMENT_NAME === undefined || TEMPORAL_WORKER_BUILD_ID === undefined) return {};
  const version = { deploymentName: TEMPORAL_DEPLOYMENT_NAME, buildId: TEMPORAL_WORKER_BUILD_ID };
  return { workerDeploymentOptions: { useWorkerVersioning: true, version, defaultVersioningBehavior: 'AUTO_UPGRADE' } };
}

interface Shared extends Partial<WorkerOptions> {
  readonly queues: ReturnType<typeof taskQueuesWith>;
}

/** Each has stores of its own: no work on one queue can take the connections that another one needs. */
async function createWorkers(connection: NativeConnection, { queues, ...options }: Shared): Promise<Worker[]> {
  const create = (taskQueue: string, more: Partial<WorkerOptions> = {}) =>
    Worker.create({ ...options, ...more, connection, taskQueue, plugins: [new MlopsPlugin()] });
  return Promise.all([create(queues.orchestration, forWorkflows()), create(queues.compute), create(queues.urgent)]);
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
