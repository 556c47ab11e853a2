import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/activities.js';
import { taskQueues } from '../../schemas/names.js';

/*
 * Every timeout and retry policy, in one table. Our activities beat by themselves (see the heartbeat interceptor), so a
 * killed worker is noticed after heartbeatTimeout, however long the work may take.
 */

/** What does not answer (Postgres, blobs, model server) is asked again until it does. */
const patient = { initialInterval: '250 ms', backoffCoefficient: 2, maximumInterval: '10 s' } as const;

/** Short effects: a fact, a push, a look. */
const effect: ActivityOptions = { startToCloseTimeout: '30 s', heartbeatTimeout: '5 s', retry: patient };

/** The same, but given up after a while: for a caller that has something better to do than wait. */
const brief: ActivityOptions = { ...effect, scheduleToCloseTimeout: '20 s' };

/** Work on data, in child processes on the compute queue. */
const compute: ActivityOptions = {
  taskQueue: taskQueues.compute,
  startToCloseTimeout: '4 h',
  heartbeatTimeout: '10 s',
  retry: { ...patient, maximumAttempts: 20 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** Waiting for something outside: a candidate's traffic, a workflow that runs already. */
const watch: ActivityOptions = { startToCloseTimeout: '60 d', heartbeatTimeout: '10 s', retry: patient };

export const effects = proxyActivities<Activities>(effect);
export const computations = proxyActivities<Activities>(compute);
export const watches = proxyActivities<Activities>(watch);
export const briefEffects = proxyActivities<Activities>(brief);

export const withSummary = { effect, brief, compute, watch } as const;
