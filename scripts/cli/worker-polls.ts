import { isPolled as isQueuePolled, type PolledQueue } from '../../activities/owner/pollers.js';
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
