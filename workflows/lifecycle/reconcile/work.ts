import { condition } from '@temporalio/workflow';
import { runBriefly } from '../../temporal/activity-options.js';
import type { Clock } from '../context.js';
import type { LifecycleState } from '../state.js';
import { isAtWork, waitingInWords, waits } from '../waiting.js';

/** What no worker takes, or fails again and again, is told within a minute. */
const lookEveryMs = 40_000;

/** Tells what the work that goes on waits for: a stage's, and the owner's own. */
export async function watchWork(state: LifecycleState, clock: Clock): Promise<void> {
  // counted from the last look, also one of the run before: a stream of messages puts none off
  if (state.workSeenAt === 0) state.workSeenAt = clock().now;
  const rest = Math.max(1, state.workSeenAt + lookEveryMs - clock().now);
  const isDone = await condition(() => !isAtWork(state), rest);
  state.workSeenAt = isDone ? 0 : clock().now;
  const words = isDone ? null : await waitedFor(state, clock);
  const { [waits]: _before, ...others } = state.problems;
  state.problems = words === null ? others : { ...others, [waits]: words };
}

async function waitedFor({ running }: LifecycleState, clock: Clock): Promise<string | null> {
  const stage =
    running === null
      ? []
      : [{ workflowId: running.workflowId, ...(running.runId === null ? {} : { runId: running.runId }) }];
  const workflows = [{ workflowId: clock().workflowId }, ...stage];
  return waitingInWords(await runBriefly('lookAtWork', { workflows }, 'what does the work wait for?'));
}
