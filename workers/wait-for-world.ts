import { setTimeout as sleep } from 'node:timers/promises';
import { catalogEntry, type ErrorCode, errorCode } from '../schemas/index.js';

export interface Waiting {
  /** what is waited for: `Postgres` */
  readonly what: string;
  readonly say: (line: string) => void;
  /** the longest pause between two tries, and between two lines that say so */
  readonly longestMs?: number;
  readonly sayEveryMs?: number;
}

const firstMs = 500;

/** A setting that is wrong while its process starts is for who starts it to mend. */
const isAwaited = (code: ErrorCode) => code !== 'CONFIGURATION_INVALID' && catalogEntry(code).fault === 'world';

/** A process that starts while the world is away waits for it, and says so. What its settings do wrong ends it. */
export async function onceTheWorldIsThere<T>(act: () => Promise<T>, waiting: Waiting): Promise<T> {
  const { what, say, longestMs = 10_000, sayEveryMs = 60_000 } = waiting;
  let saidAt: number | null = null;
  for (let pauseMs = Math.min(firstMs, longestMs); ; pauseMs = Math.min(2 * pauseMs, longestMs)) {
    try {
      const done = await act();
      if (saidAt !== null) say(`${what} is there`);
      return done;
    } catch (error) {
      const code = errorCode(error);
      if (code === null || !isAwaited(code)) throw error;
      if (saidAt === null || Date.now() - saidAt >= sayEveryMs) {
        saidAt = Date.now();
        say(`waiting for ${what}: ${code}: ${(error as Error).message.split('\n')[0]}`);
      }
    }
    await sleep(pauseMs);
  }
}
