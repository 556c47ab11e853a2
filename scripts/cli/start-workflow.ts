import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { RunName } from '../../activities/owner/look-at-run.js';
import { runOfSame } from '../../activities/owner/running-workflow.js';
import { type Documented, parseInput, registry } from '../../schemas/index.js';
import type { ReadRecipe } from './recipe.js';
import { ownQueues } from './worker-polls.js';

export interface StartedRun extends RunName {
  /** it ran already, with the same input */
  readonly joined: boolean;
}

/** Starts what a recipe asks for, or joins the run of the same input; ALREADY_RUNNING where it has another. */
export async function startOrJoin(client: Client, recipe: ReadRecipe): Promise<StartedRun> {
  const { workflowType, workflowId, input } = recipe;
  const documented: Documented = registry[workflowType];
  parseInput(documented, input, workflowType);
  try {
    const started = await client.workflow.start(workflowType, {
      workflowId,
      taskQueue: ownQueues().orchestration,
      args: [input],
      staticSummary: workflowId.replaceAll('/', ' '),
    });
    return { workflowId, runId: started.firstExecutionRunId, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { workflowId, runId: await runOfSame(client, recipe), joined: true };
  }
}
