import { isPolled as isQueuePolled, type PolledQueue } from '../../activities/owner/pollers.js';
import { taskQueuesWith } from '../../schemas/index.js';
import type { TemporalConnection } from './connect.js';

type PolledServer = Pick<TemporalConnection, 'connection' | 'namespace'>;

/** Whether a worker asked for the workflow tasks, or the activities, of this queue lately. */
export function isPolled(
  { connection, namespace }: PolledServer,
  taskQueue: string,
  tasks: PolledQueue['tasks'] = 'workflow',
): Promise<boolean> {
  return isQueuePolled(connection.workflowService, { namespace, taskQueue, tasks });
}

/** The queues of the workers beside this command line. */
export const ownQueues = () => taskQueuesWith(process.env['MLOPS_TASK_QUEUE_PREFIX'] ?? '');
