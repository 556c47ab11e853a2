import { ActivityFailure, TimeoutFailure } from '@temporalio/common';
import { isCancellation, sleep } from '@temporalio/workflow';
import { catalogEntry } from '../../schemas/error-catalog.js';
import { errorCode } from '../../schemas/failure.js';

/** Time that ran out says nothing of whose fault it is: a worker may have died, or the work may be too much for any. */
const triesOfTimeouts: Readonly<Record<string, number>> = { HEARTBEAT: 20, START_TO_CLOSE: 3 };

const pauseMs = (tried: number) => 1000 * 4 ** Math.min(tried, 3);

/**
 * Does it again where its error says that it may be tried so often, and for so long. Counted here and not by Temporal, whose
 * count of attempts holds those that waited for the world too.
 */
export async function withBoundedTries<T>(attempt: (tried: number) => Promise<T>, forMs = Infinity): Promise<T> {
  const until = Date.now() + forMs;
  for (let tried = 1; ; tried++) {
    try {
      return await attempt(tried);
    } catch (error) {
      if (tried >= triesOf(error) || Date.now() >= until) throw error;
      if (timeoutOf(error) === null) await sleep(pauseMs(tried), { summary: 'before it is tried again' });
    }
  }
}

/** A timeout comes first: what the attempt before it ended with is its cause. */
function triesOf(error: unknown): number {
  if (isCancellation(error)) return 1;
  const timeout = timeoutOf(error);
  if (timeout !== null) return triesOfTimeouts[timeout] ?? 1;
  const code = errorCode(error);
  return code === null ? 1 : (catalogEntry(code).tries ?? 1);
}

/** Which time of an activity ran out; null where it failed otherwise. */
export function timeoutOf(error: unknown): string | null {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure ? (cause.timeoutType ?? '') : null;
}
