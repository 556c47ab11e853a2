import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ChildWorkflowCancellationType, isCancellation, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { taskQueues } from '../../schemas/names.js';
import { watches } from './activity-options.js';

export interface ChildStage {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly input: unknown;
  readonly summary: string;
  /** told the run once it surely exists: from then on it can be joined */
  readonly onStarted?: (runId: string) => void;
}

/**
 * Runs a stage to its end. The child outlives its parent, so that a parent may continue as new; one that runs already
 * under the same id is joined when its input is the same.
 */
export async function runStage<T>(stage: ChildStage): Promise<T> {
  try {
    const child = await startChild(stage.workflowType, {
      workflowId: stage.workflowId,
      taskQueue: taskQueues.orchestration,
      args: [stage.input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      staticSummary: stage.summary,
    });
    stage.onStarted?.(child.firstExecutionRunId);
    return (await child.result()) as T;
  } catch (error) {
    if (isCancellation(error) || !(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return joinStage<T>(stage);
  }
}

/** Waits for the run that was begun, or, without a run id, for one that runs now with the same input. */
export async function joinStage<T>(stage: Omit<ChildStage, 'summary'> & { readonly runId?: string }): Promise<T> {
  const { workflowId, workflowType, input, runId } = stage;
  return (await watches.joinWorkflow({ workflowId, workflowType, input, ...(runId ? { runId } : {}) })) as T;
}
