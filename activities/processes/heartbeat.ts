import { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { failure } from '../../schemas/index.js';
import { Life, lives } from './sign-of-life.js';

export interface Beat {
  /** aborts when the activity is cancelled or given up; never outside an activity */
  readonly signal: AbortSignal;
  /** what the next heartbeats tell, e.g. `{ step: 'parts', done: 3 }` */
  readonly say: (progress: object) => void;
}

export interface Patience {
  /** without a sign of life (something said, bytes that pass, a child with a deadline of its own) it is given up */
  readonly silenceMs: number;
  /** it is given up, whatever it says */
  readonly longestMs: number;
}

const mostMs = 2000;

/**
 * Every activity beats while it runs, at least three times per heartbeat timeout, so that a killed worker is noticed
 * within that timeout and not after the activity's own. Temporal keeps the newest beat alone, so each one carries what
 * the activity last said. One that does nothing any more stops beating: it fails, and its slot is free for others.
 */
export const heartbeatInterceptor =
  (patience: Patience): ActivityInterceptorsFactory =>
  (context) => ({
    inbound: {
      async execute(input, next) {
        const timeout = context.info.heartbeatTimeoutMs;
        if (timeout === undefined || timeout === 0) return next(input);
        const life = new Life();
        const watch = stallWatch(life, patience);
        const beat = setInterval(() => context.heartbeat(life.progress), Math.min(mostMs, timeout / 3));
        try {
          return await Promise.race([lives.run(life, () => next(input)), watch.stalled]);
        } finally {
          clearInterval(beat);
          watch.end();
        }
      },
    },
  });

/** Rejects when patience is over. */
function stallWatch(life: Life, patience: Patience): { stalled: Promise<never>; end: () => void } {
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    const look = () => {
      const why = whyGivenUp(patience, { silentMs: life.silentMs, lastedMs: performance.now() - began });
      if (why === null) return;
      const error = failure('STALLED', why);
      life.ending.abort(error);
      reject(error);
    };
    timer = setInterval(look, Math.min(1000, patience.silenceMs / 4));
  });
  return { stalled, end: () => clearInterval(timer) };
}

function whyGivenUp(
  { silenceMs, longestMs }: Patience,
  { silentMs, lastedMs }: { silentMs: number; lastedMs: number },
): string | null {
  if (silentMs > silenceMs) return `No sign of progress for ${inSeconds(silenceMs)}: it is given up.`;
  return lastedMs > longestMs ? `Not done within ${inSeconds(longestMs)}: it is given up.` : null;
}

const inSeconds = (ms: number) => `${ms / 1000} seconds`;

/** Of the activity that runs here. Outside an activity (tests, scripts) nobody hears what is said. */
export function currentBeat(): Beat {
  const life = lives.getStore() ?? new Life();
  const say = (progress: object) => {
    life.progress = progress;
    life.sign();
  };
  const cancelled = cancellation();
  return {
    signal: cancelled === undefined ? life.ending.signal : AbortSignal.any([cancelled, life.ending.signal]),
    say,
  };
}

/** The answer; where the activity is over before it comes, its slot is free at once for what else waits. */
export function untilCancelled<T>(answer: Promise<T>): Promise<T> {
  const { signal } = currentBeat();
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    answer.then(resolve, reject);
  });
}

function cancellation(): AbortSignal | undefined {
  try {
    return Context.current().cancellationSignal;
  } catch {
    return undefined; // not inside an activity
  }
}
