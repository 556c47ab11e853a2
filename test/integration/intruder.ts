import { proxyActivities } from '@temporalio/workflow';

const doAs = (taskQueue: string, name: string) =>
  proxyActivities({ taskQueue, startToCloseTimeout: '30 s', retry: { maximumAttempts: 1 } })[name]!;

/** Somebody's own workflow, on a worker of his own, that has ours run its activities. */
export async function intruder(activity: string, input: unknown): Promise<unknown> {
  return doAs('mlops', activity)(input);
}
