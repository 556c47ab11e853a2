import { AsyncLocalStorage } from 'node:async_hooks';
import { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

export interface Beat {
  /** aborts when the activity is cancelled; never outside an activity */
  readonly signal: AbortSignal;
  /** what the next heartbeats tell, e.g. `{ step: 'parts', done: 3 }` */
  readonly say: (progress: object) => void;
}

/** What an activity last said of itself. */
interface Said {
  progress?: object;
}

const mostMs = 2000;
const running = new AsyncLocalStorage<Said>();

/**
 * Every activity beats while it runs, at least three times per heartbeat timeout, so that a killed worker is noticed
 * within that timeout and not after the activity's own. Temporal keeps the newest beat alone, so each one carries what
 * the activity last said.
 */
export const heartbeatInterceptor: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      const timeout = context.info.heartbeatTimeoutMs;
      if (timeout === undefined || timeout === 0) return next(input);
      const said: Said = {};
      const timer = setInterval(() => context.heartbeat(said.progress), Math.min(mostMs, timeout / 3));
      try {
        return await running.run(said, () => next(input));
      } finally {
        clearInterval(timer);
      }
    },
  },
});

/** Of the activity that runs here. Outside an activity (tests, scripts) nobody hears what is said. */
export function currentBeat(): Beat {
  const said = running.getStore() ?? {};
  return { signal: currentSignal(), say: (progress) => void (said.progress = progress) };
}

/** The answer; where the activity is over before it comes, its slot is free at once for what else waits. */
export function untilCancelled<T>(answer: Promise<T>): Promise<T> {
  const { signal } = currentBeat();
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    answer.then(resolve, reject);
  });
}

function currentSignal(): AbortSignal {
  try {
    return Context.current().cancellationSignal;
  } catch {
    return new AbortController().signal; // not inside an activity
  }
}
