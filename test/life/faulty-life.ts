import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lastLines, startChild } from '../../scripts/servers/server-process.js';
import type { StackOptions } from '../../scripts/servers/stack.js';
import { keepAlive } from '../keep-alive.js';
import { liveThrough, openSmallLife, type SmallLife } from './small-life.js';

const workerEntry = fileURLToPath(new URL('fault-worker.mjs', import.meta.url));

/** A stack whose worker ends itself where the plans say; see `fault-worker.mjs`. */
export const openFaultyLife = (
  plans: readonly string[],
  environment: Record<string, string> = {},
  options: Partial<StackOptions> = {},
) => openSmallLife({ ...options, workerEntry, environment: { FAULT_PLAN: plans.join(','), ...environment } });

/** Plans that never struck: their boundary was not reached. */
export const notStruck = (at: SmallLife, plans: readonly string[]): string[] =>
  plans.filter((plan) => !existsSync(join(at.folder, 'work', 'faults', plan)));

/** The whole life; whenever its worker dies, it is started again. */
export async function liveThroughKills(at: SmallLife): Promise<void> {
  const keeper = keepAlive(at.stack.worker);
  try {
    await liveThrough(at);
  } catch (error) {
    throw new Error(`${(error as Error).message}\nThe worker's last words:\n${lastLines(at.stack.worker.logFile)}`);
  } finally {
    await keeper.stop();
  }
}

/** Longer than every heartbeat timeout, and than what the other worker then does. */
const stillMs = 14_000;

/** The whole life with two workers; one that stands still comes back when the other has long done its work. */
export async function liveThroughZombies(at: SmallLife): Promise<void> {
  const { stack, folder } = at;
  const second = await startChild({
    command: process.execPath,
    args: [workerEntry],
    env: { ...process.env, ...stack.environment },
    logFile: join(folder, 'logs', 'second-worker.log'),
  });
  let over = false;
  const waking = [stack.worker.pid(), second.pid].map(async (pid) => {
    while (!over) {
      if (standsStill(pid)) {
        await sleep(stillMs);
        process.kill(pid, 'SIGCONT');
      }
      await sleep(100);
    }
  });
  try {
    await liveThrough(at);
  } finally {
    over = true;
    await Promise.all(waking);
    await second.stop();
  }
}

const standsStill = (pid: number) => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
