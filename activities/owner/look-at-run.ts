import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { failure } from '../../schemas/index.js';

/** A run by the first of its chain: what continued as new is the same work. */
export interface RunName {
  readonly workflowId: string;
  readonly runId: string;
}

export type SeenRun = { readonly kind: 'running' } | { readonly kind: 'ended'; readonly result: unknown };

/** The result of what has ended is there at once; anything slower is asked for again. */
const answerMs = 5000;

/** One look at a run, without waiting for its end. One that ended badly is a failure, final as it was there. */
export async function lookAtRun(client: Client, run: RunName): Promise<SeenRun> {
  try {
    if (await goesOn(client, run)) return { kind: 'running' };
    const ended = client.workflow.getHandle(run.workflowId, run.runId).result();
    const result = await Promise.race([ended.then((value) => ({ value })), sleep(answerMs, null, { ref: false })]);
    return result === null ? { kind: 'running' } : { kind: 'ended', result: result.value };
  } catch (error) {
    throw endedBadly(run.workflowId, error);
  }
}

async function goesOn(client: Client, { workflowId, runId }: RunName): Promise<boolean> {
  const asked = await client.workflow.getHandle(workflowId, runId).describe();
  if (asked.status.name !== 'CONTINUED_AS_NEW') return asked.status.name === 'RUNNING';
  const newest = await client.workflow.getHandle(workflowId).describe();
  return newest.status.name === 'RUNNING' && firstRunOf(newest) === runId;
}

/** The first of the chain of runs that continued as new, one after another. */
export function firstRunOf({ runId, raw }: WorkflowExecutionDescription): string {
  const { firstRunId } = raw.workflowExecutionInfo ?? {};
  return firstRunId ? firstRunId : runId;
}

/** What the workflow ended with is final; only not reaching Temporal is tried again. */
function endedBadly(workflowId: string, error: unknown): unknown {
  if (error instanceof WorkflowNotFoundError)
    return failure('NOT_FOUND', `${workflowId} is not known any more.`, { workflowId, cause: error });
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return asFinal(cause, error);
  return failure(
    'STAGE_ENDED',
    `${workflowId} ended without a result: ${cause?.message ?? error.message}. Start it again.`,
    { workflowId },
  );
}

/** Somebody else's failure handed on: it was final there, and asking again would not change it. */
export function asFinal(cause: Error | undefined, error: Error): Error {
  if (!(cause instanceof ApplicationFailure)) return error;
  return ApplicationFailure.nonRetryable(cause.message, cause.type, ...(cause.details ?? []));
}
