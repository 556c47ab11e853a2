import type { Client } from '@temporalio/client';

/** `TASK_QUEUE_TYPE_…` of Temporal's API. */
const taskKinds = { workflow: 1, activity: 2 } as const;

/** A worker that is there asks anew each minute; Temporal remembers one that is gone for five. The rest is for clocks apart. */
const freshMs = 90_000;

export interface PolledQueue {
  readonly namespace: string;
  readonly taskQueue: string;
  readonly tasks: keyof typeof taskKinds;
}

/**
 * Whether a worker asked for tasks of this queue lately. One that died is taken for alive for 90 seconds; one whose every slot
 * is busy does not ask.
 */
export async function isPolled(
  service: Pick<Client['workflowService'], 'describeTaskQueue'>,
  { namespace, taskQueue, tasks }: PolledQueue,
): Promise<boolean> {
  const question = { namespace, taskQueue: { name: taskQueue }, taskQueueType: taskKinds[tasks] };
  const { pollers } = await service.describeTaskQueue(question);
  return isFresh(pollers, Date.now());
}

interface Poller {
  readonly lastAccessTime?: { readonly seconds?: { toNumber(): number } | null } | null;
}

export function isFresh(pollers: readonly Poller[], nowMs: number): boolean {
  return pollers.some(({ lastAccessTime }) => nowMs - (lastAccessTime?.seconds?.toNumber() ?? 0) * 1000 < freshMs);
}
