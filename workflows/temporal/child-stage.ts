import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ChildWorkflowCancellationType, isCancellation, ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { RetrainResult } from '../../schemas/index.js';
import { taskQueues, workflowTypes } from '../../schemas/names.js';
import type { StageResults } from '../pipeline.js';
import { run } from './activity-options.js';

/** What a child may be, and what it ends with. */
export interface ChildResults extends StageResults {
  retrain: RetrainResult;
}
export type ChildName = keyof ChildResults;

export interface ChildStage<S extends ChildName> {
  readonly stage: S;
  readonly workflowId: string;
  readonly input: object;
  readonly summary: string;
  /** the run that was begun before, to be joined; null where none surely was */
  readonly runId?: string | null;
  /** told the run once it surely exists: from then on it can be joined */
  readonly onStarted?: (runId: string) => void;
}

/**
 * Runs a stage to its end. The child outlives its parent, so that a parent may continue as new; one that runs already
 * under the same id is joined when its input is the same.
 */
export async function runStage<S extends ChildName>(child: ChildStage<S>): Promise<ChildResults[S]> {
  if (typeof child.runId === 'string') return joinStage(child);
  try {
    const started = await startChild<(input: object) => Promise<ChildResults[S]>>(workflowTypes[child.stage], {
      workflowId: child.workflowId,
      taskQueue: taskQueues.orchestration,
      args: [child.input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      staticSummary: child.summary,
    });
    child.onStarted?.(started.firstExecutionRunId);
    return await started.result();
  } catch (error) {
    if (isCancellation(error) || !(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return joinStage(child);
  }
}

/** Waits for the run that was begun, or, without a run id, for one that runs now with the same input. */
async function joinStage<S extends ChildName>({ stage, ...child }: ChildStage<S>): Promise<ChildResults[S]> {
  const { workflowId, input, runId, summary } = child;
  const joined = { workflowId, workflowType: workflowTypes[stage], input, ...(runId ? { runId } : {}) };
  return (await run('joinWorkflow', joined, summary)) as ChildResults[S];
}
