import type { TemporalConnection } from '../cli/connect.js';
import { failingInWords, longFailing, type RunningWorkflow, runningWorkflows } from '../cli/failing-work.js';
import { bad, type Check, good } from './check.js';

/** Workflows of ours that do not go on: their tasks fail, or what they ask of the world. */
export async function checkRunningWorkflows({ client }: TemporalConnection): Promise<Check[]> {
  const running = await runningWorkflows(client);
  const failing = await longFailing(client, running);
  const activities =
    failing.length === 0
      ? good('activities', `none of ${running.length} running workflows waits for one that fails`)
      : bad('activities', failing.map(failingInWords).join('\n'), failingRemedy);
  return [checkTasks(running), activities];
}

const failingRemedy =
  'Mend what they say (docs/errors.md has each code): they are tried again by themselves, and nothing is lost meanwhile.';

/** Tasks fail now and then, when a worker is killed or a machine is slow; one that failed so often will go on failing. */
const manyAttempts = 4;

/**
 * A task fails again and again where the code of its workflow changed without `patched`, or a query reached a worker while
 * another one died in the middle of a task (docs/operations.md).
 */
function checkTasks(running: readonly RunningWorkflow[]): Check {
  const stuck = running.filter(({ raw }) => (raw.pendingWorkflowTask?.attempt ?? 0) >= manyAttempts);
  if (stuck.length === 0) return good('workflow tasks', `none of ${running.length} running workflows is stuck`);
  const ids = stuck.map(({ workflowId }) => workflowId);
  return bad(
    'workflow tasks',
    `failing again and again: ${ids.join(', ')}`,
    [remedy, ...ids.map(remedyLine)].join('\n  '),
  );
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
