import { getClient } from '@temporalio/activity';
import { type Client, WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import {
  type CommandReply,
  type EndpointName,
  failure,
  taskQueues,
  workflowIds,
  workflowTypes,
} from '../schemas/index.js';
import type { Activities, Joined } from './activities.js';
import { lookAtWork } from './owner/pending-work.js';
import { runOfSame } from './owner/running-workflow.js';
import { ownerStatus } from './owner/status.js';
import { updateOwner } from './owner/update.js';
import { currentBeat } from './processes/heartbeat.js';
import type { Target } from './targets/target.js';

type OwnerActivities = Pick<Activities, 'askOwner' | 'championOf' | 'updateOwner' | 'joinWorkflow' | 'lookAtWork'>;

export interface OwnerPorts {
  /** the target of an environment */
  readonly target: (environment: string) => Target;
}

/** What passes between workflows by a client: it starts what is not there, and waits for what runs already. */
export function createOwnerActivities(ports: OwnerPorts): OwnerActivities {
  return {
    askOwner: (ask) => askOwner(getClient(), ask),
    championOf: (endpoint) => championOf(getClient(), ports, endpoint),
    updateOwner: (asked) => handOn(getClient(), asked),
    lookAtWork: (asked) => lookAtWork(getClient(), asked),
    joinWorkflow: (joined) => joinWorkflow(getClient(), joined, currentBeat().signal),
  };
}

async function askOwner(client: Client, ask: Parameters<Activities['askOwner']>[0]): Promise<void> {
  const { model, environment, signal, body } = ask;
  await client.workflow.signalWithStart(workflowTypes.lifecycle, {
    workflowId: workflowIds.lifecycle(model),
    taskQueue: taskQueues.orchestration,
    args: [{ model, environment }],
    signal,
    signalArgs: [body],
    staticSummary: `the life of ${model}`,
  });
}

async function championOf(client: Client, ports: OwnerPorts, { model, environment }: EndpointName) {
  const owned = await ownedVersion(client, model, environment);
  if (owned !== null) return owned;
  const { routes } = await ports.target(environment).status({ model, environment });
  return routes.current?.version ?? null;
}

async function ownedVersion(client: Client, model: string, environment: string): Promise<number | null> {
  try {
    const workflowId = workflowIds.lifecycle(model);
    if ((await client.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING') return null;
    const { endpoints } = await ownerStatus(client, workflowId, 5000);
    return endpoints.find((e) => e.environment === environment)?.routes.current?.version ?? null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function handOn(
  client: Client,
  { model, update, body, updateId }: Parameters<Activities['updateOwner']>[0],
): Promise<CommandReply> {
  const workflowId = workflowIds.lifecycle(model);
  try {
    return await updateOwner(client, { workflowId, name: update, body, updateId });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw failure('NOTHING_WAITING', `${workflowId} does not run: nothing waits there.`, {
        workflowId,
        cause: error,
      });
    throw error instanceof WorkflowUpdateFailedError ? asFinal(error.cause, error) : error;
  }
}

async function joinWorkflow(client: Client, joined: Joined, signal: AbortSignal): Promise<unknown> {
  const runId = joined.runId ?? (await runOfSame(client, joined));
  const stopped = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
  try {
    return await Promise.race([client.workflow.getHandle(joined.workflowId, runId).result(), stopped]);
  } catch (error) {
    throw endedBadly(joined.workflowId, error);
  }
}

/** What the joined workflow ended with is final; only not reaching Temporal is tried again. */
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
function asFinal(cause: Error | undefined, error: Error): Error {
  if (!(cause instanceof ApplicationFailure)) return error;
  return ApplicationFailure.nonRetryable(cause.message, cause.type, ...(cause.details ?? []));
}
