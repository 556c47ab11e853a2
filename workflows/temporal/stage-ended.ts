import {
  CancellationScope,
  ContinueAsNew,
  condition,
  getExternalWorkflowHandle,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import type { RunName } from '../../activities/owner/look-at-run.js';
import { workflowIds } from '../../schemas/names.js';
import { run } from './activity-options.js';
import { internal, stageEnded } from './messages.js';
import { ownId } from './stage.js';

/*
 * A lifecycle that continued as new cannot await what the run before it began. The stage tells it that it ends; the
 * lifecycle takes that for a hint and asks Temporal. Meanwhile it holds no slot of a worker.
 */
const StageEnded = z.object({ workflowId: z.string(), runId: z.string() });

/** Does a stage's work, and tells the lifecycle that began it how it is over, whatever came of it. */
export async function tellingOwner<R>(work: () => Promise<R>): Promise<R> {
  try {
    const result = await work();
    await tellOwner();
    return result;
  } catch (error) {
    if (!(error instanceof ContinueAsNew)) await tellOwner();
    throw error;
  }
}

async function tellOwner(): Promise<void> {
  const { parent, firstExecutionRunId } = workflowInfo();
  if (parent === undefined || !parent.workflowId.startsWith(workflowIds.lifecycle(''))) return;
  const body: RunName = { workflowId: ownId(), runId: firstExecutionRunId };
  const owner = getExternalWorkflowHandle(parent.workflowId);
  // An owner that is gone needs no telling.
  await CancellationScope.nonCancellable(() => owner.signal(stageEnded, body)).catch(() => {});
}

/** The first looks come soon after one another, then ever less often: they are the net for a word that never came. */
const pausesMs = { first: 1000, longest: 600_000 };

/** Waits for the end of a run that another one began. */
export async function endOfRun(name: RunName, summary: string): Promise<unknown> {
  const hints = hintsOf(name);
  try {
    for (let pauseMs = pausesMs.first; ; pauseMs = Math.min(2 * pauseMs, pausesMs.longest)) {
      const looked = await run('lookAtRun', name, summary);
      if (looked.kind === 'ended') return looked.result;
      if (!(await condition(hints.came, pauseMs, { summary: `until ${name.workflowId} is looked at again` }))) continue;
      await sleep(pausesMs.first, { summary: `${name.workflowId} says that it ends` }); // it says so just before its end; and a flood of hints is a look a second
      pauseMs = pausesMs.first;
      hints.forget();
    }
  } finally {
    ignoreEndedStages();
  }
}

function hintsOf({ workflowId, runId }: RunName) {
  let hasCome = false;
  const hear = (body: unknown) => {
    const parsed = StageEnded.safeParse(body);
    hasCome ||= parsed.success && parsed.data.workflowId === workflowId && parsed.data.runId === runId;
  };
  setHandler(stageEnded, hear, { description: internal('a stage ends') });
  return { came: () => hasCome, forget: () => void (hasCome = false) };
}

/** A stage that is awaited by the run that began it says nothing new. */
export const ignoreEndedStages = (): void =>
  setHandler(stageEnded, () => {}, { description: internal('a stage ends') });
