import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ChildWorkflowCancellationType, isCancellation, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { taskQueues } from '../schemas/names.js';
import { watches } from './activity-options.js';

export interface ChildStage {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly input: unknown;
  readonly summary: string;
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
    return (await child.result()) as T;
  } catch (error) {
    if (isCancellation(error) || !(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return joinStage<T>(stage);
  }
}

export async function joinStage<T>(stage: Omit<ChildStage, 'summary'>): Promise<T> {
  const { workflowId, workflowType, input } = stage;
  return (await watches.joinWorkflow({ workflowId, workflowType, input })) as T;
}
