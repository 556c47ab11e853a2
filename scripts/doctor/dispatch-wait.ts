import { randomUUID } from 'node:crypto';
import type { TemporalConnection } from '../cli/connect.js';

/** The server lets the first twenty or so go by without a wait. */
const warmUp = 25;
const measured = 15;

/**
 * How long a workflow task takes from the end of the one before it to a poller that waits for it; the median of several
 * in a row. A throw-away workflow on a task queue of its own, polled by hand: no worker and no bundle is in the way.
 */
export function dispatchWaitMs(server: TemporalConnection): Promise<number> {
  const name = `doctor/${randomUUID()}`;
  return server.connection.withDeadline(Date.now() + 30_000, async () => {
    await start(server, name);
    try {
      const token = await poll(server, name);
      const { waits, last } = await measure(server, { name, token });
      await complete(server, last);
      return median(waits);
    } catch (error) {
      await server.client.workflow.getHandle(name).terminate('it could not be measured');
      throw error;
    }
  });
}

interface Measured {
  readonly waits: number[];
  /** of the task that was dispatched last */
  readonly last: Uint8Array;
}

async function measure(
  server: TemporalConnection,
  { name, token: first }: { name: string; token: Uint8Array },
): Promise<Measured> {
  const waits: number[] = [];
  let token = first;
  for (let i = 0; i < warmUp + measured; i++) {
    const began = performance.now();
    await askForAnother(server, token);
    token = await poll(server, name);
    waits.push(performance.now() - began);
  }
  return { waits: waits.slice(warmUp), last: token };
}

function start({ connection, namespace }: TemporalConnection, name: string) {
  return connection.workflowService.startWorkflowExecution({
    namespace,
    workflowId: name,
    requestId: name,
    workflowType: { name: 'doctor' },
    taskQueue: { name },
  });
}

async function poll({ connection, namespace }: TemporalConnection, name: string): Promise<Uint8Array> {
  const task = { namespace, taskQueue: { name }, identity: name };
  const { taskToken } = await connection.workflowService.pollWorkflowTaskQueue(task);
  if (taskToken && taskToken.length > 0) return taskToken;
  throw new Error('Temporal gave no workflow task: its history or matching service does not work.');
}

/** Ends a workflow task without a command and asks for the next one. */
function askForAnother({ connection, namespace }: TemporalConnection, taskToken: Uint8Array) {
  const request = { namespace, taskToken, commands: [], forceCreateNewWorkflowTask: true };
  return connection.workflowService.respondWorkflowTaskCompleted(request);
}

/** `COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION` of Temporal's API. */
const completeWorkflow = 4;

/** It ends as what it is, something that was done: a list of workflows shows no trouble. */
function complete({ connection, namespace }: TemporalConnection, taskToken: Uint8Array) {
  const commands = [{ commandType: completeWorkflow, completeWorkflowExecutionCommandAttributes: {} }];
  return connection.workflowService.respondWorkflowTaskCompleted({ namespace, taskToken, commands });
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
