import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../servers/postgres-server.js';
import { startTemporal } from '../servers/temporal-server.js';

/** No bench may take longer, whatever goes wrong, but one that says so. */
const usualSeconds = 180;

/** A folder of its own and servers of its own for one bench; nothing is left of them afterwards. */
export interface Place {
  readonly folder: string;
  /** the address of a new development server, tuned as everywhere in this project */
  temporal(): Promise<string>;
  /** the URL of a new, durable Postgres */
  postgres(): Promise<string>;
  /** is called before the servers stop, last added first */
  atEnd(end: () => Promise<unknown>): void;
}

export async function inPlace<T>(act: (place: Place) => Promise<T>, limitSeconds = usualSeconds): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'temporal-mlops-bench-'));
  chmodSync(folder, 0o755); // Postgres runs as another user when we are root, and its data must lie in here too
  const ends: (() => Promise<unknown>)[] = [];
  const watch = new AbortController();
  try {
    return await Promise.race([act(placeAt(folder, ends)), interruptedOrLate(watch.signal, limitSeconds)]);
  } finally {
    watch.abort();
    for (const end of ends.reverse()) await end().catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  }
}

function placeAt(folder: string, ends: (() => Promise<unknown>)[]): Place {
  const atEnd = (end: () => Promise<unknown>) => void ends.push(end);
  const kept = <S extends { stop(): Promise<void> }>(server: S): S => {
    atEnd(() => server.stop());
    return server;
  };
  const logFile = (name: string) => join(folder, `${name}.log`);
  return {
    folder,
    atEnd,
    temporal: async () => {
      const dataFile = join(folder, 'temporal.db');
      return kept(await startTemporal({ dataFile, logFile: logFile('temporal'), headless: true })).address;
    },
    postgres: async () => {
      const dataDir = join(folder, 'postgres');
      return kept(await startPostgres({ dataDir, logFile: logFile('postgres') })).url;
    },
  };
}

/** Never resolves; rejects on Ctrl-C and after the limit. */
function interruptedOrLate(done: AbortSignal, limitSeconds: number): Promise<never> {
  return new Promise((_, reject) => {
    const late = () => reject(new Error(`The bench did not end within ${limitSeconds} s.`));
    const timer = setTimeout(late, limitSeconds * 1000);
    const interrupt = () => reject(new Error('The bench was interrupted.'));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
    done.addEventListener('abort', () => {
      clearTimeout(timer);
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
    });
  });
}
