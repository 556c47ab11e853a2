import { availableParallelism } from 'node:os';
import type { WorkerOptions } from '@temporalio/worker';
import { queueNamed } from './schemas/index.js';

/** What runs is done, and what cannot be is given up, within the time that orchestrators leave a process. */
const onEveryQueue = { shutdownGraceTime: '10 s', shutdownForceTime: '30 s' } as const;

/**
 * 10,000 signals that came while no worker was there are one task, and on a busy machine a sandbox alone takes seconds; a
 * script that is cut off ends the whole process (`isolateExecutionTimeout` is not among the documented options). Where a
 * worker died, its workflows wait for the sticky timeout before another one takes them: a rollback must not.
 */
const withWorkflows = {
  isolateExecutionTimeout: '60 s',
  stickyQueueScheduleToStartTimeout: '2 s',
  maxCachedWorkflows: 500,
} as const;

/** Heavy work is as many as there are cores. What is on the urgent queue takes seconds: so many rollbacks wait for none. */
const activitySlots = { orchestration: undefined, compute: availableParallelism(), urgent: 50 };

/** Whether a Worker on this queue runs our workflows, unless its host says otherwise. */
export const isForWorkflows = (taskQueue: string) => !['compute', 'urgent'].includes(queueNamed(taskQueue) ?? '');

/** The options of any Worker that is ours or has the plugin: a host's own value wins, and so does a tuner of its own. */
export function withNeededOptions(options: WorkerOptions, runsWorkflows: boolean): WorkerOptions {
  const slots = activitySlots[queueNamed(options.taskQueue) ?? 'orchestration'];
  const needed = {
    ...onEveryQueue,
    ...(runsWorkflows ? withWorkflows : {}),
    ...(slots === undefined || options.tuner ? {} : { maxConcurrentActivityTaskExecutions: slots }),
  };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...options, ...needed, ...given };
}
