import { Context } from '@temporalio/activity';

const BEAT_EVERY_MS = 2000;

export interface Beat {
  /** aborts when the activity is cancelled; never outside an activity */
  readonly signal: AbortSignal;
  /** what the next beats say, e.g. `{ step: 'parts', done: 3 }` */
  readonly say: (detail: unknown) => void;
}

/**
 * Beats every two seconds while `work` runs, so that Temporal notices a dead worker long before the activity's own
 * timeout. Outside an activity (tests, scripts) it only runs the work.
 */
export async function withHeartbeat<T>(work: (beat: Beat) => Promise<T>): Promise<T> {
  const context = currentContext();
  if (context === null) return work({ signal: new AbortController().signal, say: () => {} });
  let detail: unknown;
  const timer = setInterval(() => context.heartbeat(detail), BEAT_EVERY_MS);
  try {
    return await work({ signal: context.cancellationSignal, say: (next) => (detail = next) });
  } finally {
    clearInterval(timer);
  }
}

function currentContext(): Context | null {
  try {
    return Context.current();
  } catch {
    return null; // not inside an activity
  }
}
