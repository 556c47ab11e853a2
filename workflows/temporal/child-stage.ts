import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { alreadyRunning } from '../../schemas/already-running.js';
import type { RetrainResult } from '../../schemas/index.js';
import { workflowTypes } from '../../schemas/names.js';
import { MlModel } from '../../schemas/search-attributes.js';
import type { StageResults } from '../pipeline.js';
import { run } from './activity-options.js';
import { ownQueues } from './own-queues.js';
import { endOfRun } from './stage-ended.js';

/** What a child may be, and what it ends with. */
export interface ChildResults extends StageResults {
  retrain: RetrainResult;
}
export type ChildName = keyof ChildResults;

/** Another one's work under the same id, which is waited for. */
export interface Busy {
  readonly runId: string;
  /** milliseconds since 1970 of the first time that this was in the way */
  readonly since: number;
}

export interface ChildStage<S extends ChildName> {
  readonly stage: S;
  readonly workflowId: string;
  readonly input: object;
  readonly summary: string;
  /** whose work it is: datasets belong to no model, and their stages are found by who asked */
  readonly model: string;
  /** the run that was begun or joined before, by the first of its chain; null where none surely was */
  readonly runId?: string | null;
  /** what a run before this one already waited for */
  readonly busy?: Busy | null;
  /** told the run once it surely exists: from then on it can be joined */
  readonly onStarted?: (runId: string) => void;
  /** told what is waited for; null once it is over */
  readonly onBusy?: (busy: Busy | null) => void;
  /** it is cancelled with its parent, unless somebody else began it. Otherwise it outlives it, so that a parent may continue as new */
  readonly endsWithParent?: boolean;
}

/** Stages that end by themselves; models may share the datasets of the first two. A deployment may wait for a person for weeks. */
const endByThemselves: ReadonlySet<ChildName> = new Set(['collect', 'label', 'train', 'package']);
/** How long another one's work under the same id is waited for. */
const mostBusyMs = 86_400_000;
const betweenTriesMs = 1000;

/**
 * Runs a stage to its end. One that runs already under the same id is joined when its input is the same; one with another
 * input is waited for, where it ends by itself, and is ALREADY_RUNNING otherwise.
 */
export async function runStage<S extends ChildName>(child: ChildStage<S>): Promise<ChildResults[S]> {
  if (typeof child.runId === 'string') return join(child, child.runId);
  for (
    let { busy = null } = child;
    ;
    await sleep(betweenTriesMs, { summary: `before ${child.workflowId} is started again` })
  ) {
    const started = await startOf(child);
    if (started !== null) return started.result();
    const found = await find(child);
    if (found.kind === 'same') return join(child, found.runId);
    if (found.kind === 'none') continue;
    busy = { runId: found.runId, since: busy?.since ?? Date.now() };
    await waitFor(child, busy);
  }
}

const find = ({ stage, workflowId, input, summary }: ChildStage<ChildName>) =>
  run('findRun', { workflowId, workflowType: workflowTypes[stage], input }, summary);

type Started<S extends ChildName> = ChildWorkflowHandle<(input: object) => Promise<ChildResults[S]>>;

/** Null where one runs already under its id. */
async function startOf<S extends ChildName>(child: ChildStage<S>): Promise<Started<S> | null> {
  try {
    const started = await startChild<(input: object) => Promise<ChildResults[S]>>(workflowTypes[child.stage], {
      workflowId: child.workflowId,
      taskQueue: ownQueues().orchestration,
      args: [child.input],
      ...(child.endsWithParent === true ? withParent : onItsOwn),
      staticSummary: child.summary,
      typedSearchAttributes: [{ key: MlModel, value: child.model }],
    });
    child.onStarted?.(started.firstExecutionRunId);
    return started;
  } catch (error) {
    if (isCancellation(error) || !(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return null;
  }
}

const onItsOwn = {
  parentClosePolicy: ParentClosePolicy.ABANDON,
  cancellationType: ChildWorkflowCancellationType.ABANDON,
} as const;
const withParent = {
  parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const;

async function join<S extends ChildName>(child: ChildStage<S>, runId: string): Promise<ChildResults[S]> {
  child.onStarted?.(runId);
  return (await endOfRun({ workflowId: child.workflowId, runId }, child.summary)) as ChildResults[S];
}

/** What comes of another one's work is not this one's business. */
async function waitFor({ stage, workflowId, onBusy }: ChildStage<ChildName>, busy: Busy): Promise<void> {
  if (!endByThemselves.has(stage) || Date.now() - busy.since > mostBusyMs)
    throw alreadyRunning({ workflowId, workflowType: workflowTypes[stage] }, busy.runId);
  onBusy?.(busy);
  try {
    await endOfRun({ workflowId, runId: busy.runId }, `${workflowId} does something else first`);
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
  onBusy?.(null);
}
