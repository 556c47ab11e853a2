import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { migrateAsOwner } from '../activities/stores/postgres/migrate.js';
import { type Configuration, MlopsPlugin, openPorts, readConfiguration, taskQueuesWith } from '../index.js';
import { onceTheWorldIsThere } from './wait-for-world.js';

/*
 * The ready-made worker: all task queues in one process. Settings come from the environment (docs/operations.md).
 */
const bundlePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  // Before the runtime, which takes the signals that end this process for its workers'.
  if (configuration.MLOPS_PROFILE === 'development')
    await onceTheWorldIsThere(() => migrateAsOwner(configuration), { what: 'Postgres', say: console.warn });
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  try {
    const queues = taskQueuesWith(configuration.MLOPS_TASK_QUEUE_PREFIX);
    const computeSeconds = configuration.MLOPS_COMPUTE_SECONDS;
    const workers = await createWorkers(connection, {
      namespace,
      queues,
      computeSeconds,
      ...versioning(configuration),
    });
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

/** What is on the urgent queue takes seconds at most: this many rollbacks at once are served without a wait. */
const urgentSlots = 50;

interface Shared extends Partial<WorkerOptions> {
  readonly queues: ReturnType<typeof taskQueuesWith>;
  readonly computeSeconds: number | undefined;
}

async function createWorkers(
  connection: NativeConnection,
  { queues, computeSeconds, ...options }: Shared,
): Promise<Worker[]> {
  const ports = () => openPorts(process.env);
  const common = {
    ...options,
    connection,
    shutdownGraceTime: '10 s',
    shutdownForceTime: '30 s',
  } satisfies Partial<WorkerOptions>;
  return Promise.all([
    Worker.create({
      ...common,
      plugins: [new MlopsPlugin({ ports })],
      taskQueue: queues.orchestration,
      ...(existsSync(bundlePath) ? { workflowBundle: { codePath: bundlePath } } : {}),
      maxCachedWorkflows: Number(process.env['MLOPS_MAX_CACHED_WORKFLOWS'] ?? 500),
      stickyQueueScheduleToStartTimeout: '2 s',
    }),
    Worker.create({
      ...common,
      plugins: [new MlopsPlugin({ ports, workflows: false, computeSeconds })],
      taskQueue: queues.compute,
      maxConcurrentActivityTaskExecutions: availableParallelism(),
    }),
    Worker.create({
      ...common,
      plugins: [new MlopsPlugin({ ports, workflows: false })],
      taskQueue: queues.urgent,
      maxConcurrentActivityTaskExecutions: urgentSlots,
    }),
  ]);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
