import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { migrate } from '../activities/stores/postgres/migrate.js';
import { MlopsPlugin, openPorts, readConfiguration, taskQueues } from '../index.js';

/*
 * The ready-made worker: both task queues in one process. Settings come from the environment (docs/operations.md).
 */
const bundlePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  Runtime.install({ logger: new DefaultLogger('WARN') });
  if (configuration.MLOPS_PROFILE === 'development') await migrate(configuration.DATABASE_URL);
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  try {
    const workers = await createWorkers(connection, namespace, configuration.MLOPS_COMPUTE_SECONDS);
    process.send?.({ kind: 'ready' });
    console.log(`worker ready: ${Object.values(taskQueues).join(', ')} in ${namespace ?? 'default'}`);
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await connection.close().catch(() => {}); // a worker that still holds it must not hide why another one ended
  }
}

/**
 * 10,000 signals that came while no worker was there are one task, and a script that is cut off ends the whole process.
 * The option is not among the documented ones.
 */
const patience = { isolateExecutionTimeout: '60 s' };

async function createWorkers(
  connection: NativeConnection,
  namespace: string | undefined,
  computeSeconds: number | undefined,
): Promise<Worker[]> {
  const ports = () => openPorts(process.env);
  const common = {
    connection,
    namespace,
    shutdownGraceTime: '10 s',
    shutdownForceTime: '30 s',
  } satisfies Partial<WorkerOptions>;
  return Promise.all([
    Worker.create({
      ...common,
      plugins: [new MlopsPlugin({ ports })],
      taskQueue: taskQueues.orchestration,
      ...(existsSync(bundlePath) ? { workflowBundle: { codePath: bundlePath } } : {}),
      maxCachedWorkflows: Number(process.env['MLOPS_MAX_CACHED_WORKFLOWS'] ?? 500),
      stickyQueueScheduleToStartTimeout: '2 s',
      ...patience,
    }),
    Worker.create({
      ...common,
      plugins: [new MlopsPlugin({ ports, workflows: false, computeSeconds })],
      taskQueue: taskQueues.compute,
      maxConcurrentActivityTaskExecutions: availableParallelism(),
    }),
  ]);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
