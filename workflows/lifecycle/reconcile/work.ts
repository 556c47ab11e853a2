import { condition } from '@temporalio/workflow';
import { runBriefly } from '../../temporal/activity-options.js';
import type { Clock } from '../context.js';
import type { LifecycleState } from '../state.js';
import { isAtWork, waitingInWords, waits } from '../waiting.js';
import { restUntilDue } from './due.js';

/** What no worker takes, or fails again and again, is told within a minute. */
const lookEveryMs = 40_000;

/** Tells what the work that goes on waits for: a stage's, and the owner's own. */
export async function watchWork(state: LifecycleState, clock: Clock): Promise<void> {
  const rest = restUntilDue(state, 'workSeenAt', { everyMs: lookEveryMs, now: clock().now });
  const isDone = await condition(() => !isAtWork(state), Math.max(1, rest), {
    summary: 'until it is looked at what the work waits for',
  });
  state.workSeenAt = isDone ? 0 : clock().now;
  const words = isDone ? null : await waitedFor(state, clock);
  if (isDone && state.running !== null) state.running.says = null;
  const { [waits]: _before, ...others } = state.problems;
  state.problems = words === null ? others : { ...others, [waits]: words };
}

async function waitedFor({ running }: LifecycleState, clock: Clock): Promise<string | null> {
  const stage =
    running === null
      ? []
      : [
          {
            workflowId: running.workflowId,
            isAsked: true,
            ...(running.runId === null ? {} : { runId: running.runId }),
          },
        ];
  const workflows = [{ workflowId: clock().workflowId }, ...stage];
  const seen = await runBriefly('lookAtWork', { workflows }, 'what does the work wait for?');
  if (running !== null) running.says = seen.says ?? null; // a worker of before says nothing
  return waitingInWords(seen);
}
