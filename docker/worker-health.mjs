/** Exit code 0 when Temporal has a poller of this very container on each of the task queues that it works on. */
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5 s' });
const prefix = process.env.MLOPS_TASK_QUEUE_PREFIX ?? '';
const [workflowTasks, activityTasks] = [1, 2];
const queues = [
  ['mlops', workflowTasks],
  ['mlops-urgent', activityTasks],
  ['mlops-compute', activityTasks],
];
const isPolled = async ([name, taskQueueType]) => {
  const asked = { namespace, taskQueue: { name: `${prefix}${name}` }, taskQueueType };
  const { pollers } = await connection.workflowService.describeTaskQueue(asked);
  return pollers?.some((poller) => poller.identity?.endsWith(`@${hostname()}`)) === true;
};
const asked = process.env.MLOPS_TASK_QUEUES?.split(',').map((name) => name.trim());
const own = queues.filter(([name]) => asked?.includes(name) ?? true);
const polled = await Promise.all(own.map(isPolled));
await connection.close();
process.exit(polled.every(Boolean) ? 0 : 1);
