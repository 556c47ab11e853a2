import type { TemporalConnection } from './connect.js';

/** `TASK_QUEUE_TYPE_WORKFLOW` of Temporal's API. */
const workflowTasks = 1;

/** A worker that is there asks anew each minute; Temporal remembers one that is gone for five. The rest is for clocks apart. */
const freshMs = 90_000;

/** Whether a worker asked for the workflow tasks of this queue lately; it takes a worker that died for one for 90 seconds. */
export async function isPolled({ connection, namespace }: PolledServer, taskQueue: string): Promise<boolean> {
  const question = { namespace, taskQueue: { name: taskQueue }, taskQueueType: workflowTasks };
  const { pollers } = await connection.workflowService.describeTaskQueue(question);
  return isFresh(pollers, Date.now());
}

type PolledServer = Pick<TemporalConnection, 'connection' | 'namespace'>;

interface Poller {
  readonly lastAccessTime?: { readonly seconds?: { toNumber(): number } | null } | null;
}

export function isFresh(pollers: readonly Poller[], nowMs: number): boolean {
  return pollers.some(({ lastAccessTime }) => nowMs - (lastAccessTime?.seconds?.toNumber() ?? 0) * 1000 < freshMs);
}
