import { isGrpcDeadlineError, WorkflowNotFoundError } from '@temporalio/client';
import { LifecycleClient } from '../client.js';
import { type CommandReply, failure, workflowIds } from '../schemas/index.js';
import { withTemporal } from './connect.js';

/** Nobody waits longer for an answer; a rollback is promised in less. */
const deadlineMs = 30_000;

/** Sends one command to a model's lifecycle and waits for what it says. */
export function command(
  model: string,
  send: (lifecycle: LifecycleClient) => Promise<CommandReply>,
): Promise<CommandReply> {
  return withTemporal(async ({ client, connection }) => {
    try {
      return await connection.withDeadline(Date.now() + deadlineMs, () => send(new LifecycleClient(client, model)));
    } catch (error) {
      throw inWords(model, error);
    }
  });
}

export function inWords(model: string, error: unknown): unknown {
  const id = workflowIds.lifecycle(model);
  if (error instanceof WorkflowNotFoundError) {
    return failure(
      'NOT_FOUND',
      `No lifecycle of "${model}" runs (${id}). See: temporal-mlops status`,
      { model },
      error,
    );
  }
  if (!isGrpcDeadlineError(error)) return error;
  const cure = 'Does a worker run? See: temporal-mlops doctor';
  return new Error(`${id} did not answer within ${deadlineMs / 1000} s. ${cure}`, { cause: undefined });
}
