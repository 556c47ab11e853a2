import type { Client } from '@temporalio/client';
import { workflowTypes } from '../../schemas/index.js';
import type { TemporalConnection } from '../cli/connect.js';
import { bad, type Check, good } from './check.js';

/** Tasks fail now and then, when a worker is killed or a machine is slow; one that failed so often will go on failing. */
const manyAttempts = 4;
/** The newest that are looked at. */
const mostLooked = 200;
const atOnce = 10;

/**
 * Workflows of ours whose task fails again and again: their code changed under them without `patched`, or a query reached
 * a worker while another one died in the middle of a task (docs/operations.md).
 */
export async function checkStuckWorkflows({ client }: TemporalConnection): Promise<Check> {
  const running = await newestRunning(client);
  const stuck: string[] = [];
  for (let from = 0; from < running.length; from += atOnce) {
    const batch = running.slice(from, from + atOnce);
    const attempts = await Promise.all(batch.map((id) => attemptsOf(client, id)));
    stuck.push(...batch.filter((_, i) => (attempts[i] ?? 0) >= manyAttempts));
  }
  if (stuck.length === 0) return good('workflow tasks', `none of ${running.length} running workflows is stuck`);
  const found = `failing again and again: ${stuck.join(', ')}`;
  return bad('workflow tasks', found, [remedy, ...stuck.map(remedyLine)].join('\n  '));
}

async function newestRunning(client: Client): Promise<string[]> {
  const types = Object.values(workflowTypes).map((type) => `'${type}'`);
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${types.join(', ')})`;
  const running: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) {
    running.push(workflowId);
    if (running.length === mostLooked) break;
  }
  return running;
}

async function attemptsOf(client: Client, workflowId: string): Promise<number> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.pendingWorkflowTask?.attempt ?? 0;
}

const remedy =
  'Look at the failure in the UI. Where it says "Nondeterminism", do the last task again (messages are kept, effects are idempotent); end a deployment, and start it again:';

/** A deployment's run is known to its owner: another run of it would be a stranger. */
function remedyLine(workflowId: string): string {
  const id = `'${workflowId.replaceAll("'", "'\\''")}'`;
  const reason = "--reason 'its history did not replay'";
  if (workflowId.startsWith('deploy/')) return `temporal workflow terminate -w ${id} ${reason}`;
  return `temporal workflow reset -w ${id} --type LastWorkflowTask ${reason}`;
}
