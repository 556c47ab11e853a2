import type { LifecycleState } from '../state.js';

/** When something that is done now and then was done last, in milliseconds since 1970; 0 before the first time. */
type LastTime = 'comparedAt' | 'lookedAt' | 'workSeenAt';

/**
 * Milliseconds until it is due again; none or fewer where it is. Counted from the last time, whichever run that was: a stream
 * of messages, and a run after the other, puts off none.
 */
export function restUntilDue(
  state: LifecycleState,
  last: LastTime,
  { everyMs, now }: { everyMs: number; now: number },
) {
  if (state[last] === 0) state[last] = now;
  return state[last] + everyMs - now;
}
