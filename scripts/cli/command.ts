import { type Client, isGrpcDeadlineError, WorkflowNotFoundError } from '@temporalio/client';
import { LifecycleClient } from '../../client.js';
import { type CommandReply, failure, suggestion, workflowIds, workflowTypes } from '../../schemas/index.js';
import { withTemporal } from './connect.js';
import { print, printError } from './print.js';
import type { VerbCall } from './verb.js';

/** Nobody waits longer for an answer; a rollback is promised in less. */
const deadlineMs = 30_000;

export interface Command {
  readonly model: string;
  readonly send: (lifecycle: LifecycleClient) => Promise<CommandReply>;
  /** what a person reads of a command that was taken */
  readonly inWords: (reply: CommandReply, seconds: number) => string;
}

/** Sends one command to a model's lifecycle and tells what it answers. Returns the exit code: a refusal is a failure. */
export async function command(call: VerbCall, { model, send, inWords }: Command): Promise<number> {
  const began = performance.now();
  const reply = await answerOf(model, send);
  const seconds = Number(((performance.now() - began) / 1000).toFixed(2));
  if (call.json) print(JSON.stringify({ ...reply, seconds }));
  else if (reply.accepted) print(inWords(reply, seconds));
  else printError(`refused: ${reply.code}: ${reply.message}`);
  return reply.accepted ? 0 : 1;
}

function answerOf(model: string, send: Command['send']): Promise<CommandReply> {
  return withTemporal(async ({ client, connection }) => {
    try {
      return await connection.withDeadline(Date.now() + deadlineMs, () => send(new LifecycleClient(client, model)));
    } catch (error) {
      throw await plainly(client, model, error);
    }
  });
}

/** An error of a lifecycle as a person reads it, with the name that was most likely meant. */
export async function plainly(client: Client, model: string, error: unknown): Promise<unknown> {
  const id = workflowIds.lifecycle(model);
  if (error instanceof WorkflowNotFoundError) {
    const hint = suggestion(model, await runningModels(client));
    const message = `No lifecycle of "${model}" runs (${id}).${hint} See: temporal-mlops status`;
    return failure('NOT_FOUND', message, { model, cause: error });
  }
  if (!isGrpcDeadlineError(error)) return error;
  const remedy = 'Does a worker run? See: temporal-mlops doctor';
  return new Error(`${id} did not answer within ${deadlineMs / 1000} s. ${remedy}`, { cause: undefined });
}

const mostModels = 1000;

/** Those whose lifecycle runs, as far as Temporal's list has them; none where it does not answer. */
async function runningModels(client: Client): Promise<string[]> {
  const prefix = workflowIds.lifecycle('');
  const query = `WorkflowType = '${workflowTypes.lifecycle}' AND ExecutionStatus = 'Running'`;
  const models: string[] = [];
  try {
    for await (const { workflowId } of client.workflow.list({ query })) {
      models.push(workflowId.slice(prefix.length));
      if (models.length === mostModels) break;
    }
  } catch {}
  return models;
}
