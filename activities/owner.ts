import { getClient } from '@temporalio/activity';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { canonicalJson, failure, registry, taskQueues, workflowIds, workflowTypes } from '../schemas/index.js';
import { withHeartbeat } from './heartbeat.js';
import type { Activities, Joined } from './interface.js';

type OwnerActivities = Pick<Activities, 'askOwner' | 'joinWorkflow'>;

/** Talk between workflows that needs a client: it starts what is not there, and waits for what runs already. */
export function createOwnerActivities(): OwnerActivities {
  return {
    askOwner: (ask) => askOwner(getClient(), ask),
    joinWorkflow: (joined) => withHeartbeat(({ signal }) => joinWorkflow(getClient(), joined, signal)),
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

async function joinWorkflow(client: Client, joined: Joined, signal: AbortSignal): Promise<unknown> {
  const runId = joined.runId ?? (await sameRun(client, joined));
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
    return failure('NOT_FOUND', `${workflowId} is not known any more.`, { workflowId }, error);
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure)
    return ApplicationFailure.nonRetryable(cause.message, cause.type, ...(cause.details ?? []));
  return failure(
    'STAGE_ENDED',
    `${workflowId} ended without a result: ${cause?.message ?? error.message}. Start it again.`,
    { workflowId },
  );
}

async function sameRun(client: Client, joined: Joined): Promise<string> {
  const running = await inputOfRunning(client, joined.workflowId);
  if (sameInput(joined, running)) return running.runId;
  throw failure(
    'ALREADY_RUNNING',
    `${joined.workflowId} runs already with another input (run ${running.runId}). Wait for it, or cancel it with: temporal workflow cancel -w ${joined.workflowId}`,
    { workflowId: joined.workflowId, runId: running.runId },
  );
}

async function inputOfRunning(
  client: Client,
  workflowId: string,
): Promise<{ runId: string; workflowType: string; input: unknown }> {
  const description = await client.workflow.getHandle(workflowId).describe();
  const history = await client.workflow.getHandle(workflowId, description.runId).fetchHistory();
  const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const input = payload ? client.options.loadedDataConverter.payloadConverter.fromPayload(payload) : undefined;
  return { runId: description.runId, workflowType: description.type, input };
}

/** Equal after defaults are filled in, so that `{}` and its spelled-out form are the same wish. */
function sameInput(joined: Joined, running: { workflowType: string; input: unknown }): boolean {
  if (joined.workflowType !== running.workflowType) return false;
  const documented = registry[joined.workflowType as keyof typeof registry];
  const [a, b] = [documented.schema.safeParse(joined.input), documented.schema.safeParse(running.input)];
  return a.success && b.success && canonicalJson(a.data) === canonicalJson(b.data);
}
