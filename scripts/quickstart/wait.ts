import { setTimeout as sleep } from 'node:timers/promises';
import type { LifecycleClient } from '../../client.js';
import type { LifecycleStatus } from '../../schemas/index.js';
import type { Progress } from './progress.js';

/** Prints what newly happened until the status says so. */
export async function follow(
  life: LifecycleClient,
  progress: Progress,
  isReached: (s: LifecycleStatus) => boolean,
): Promise<void> {
  let printed = (await statusOrNull(life))?.history.length ?? 0;
  for (;;) {
    const status = await statusOrNull(life);
    if (status) {
      for (const entry of status.history.slice(printed)) progress.say(entry.what);
      printed = status.history.length;
      if (status.problem && status.stage === 'stopped') throw new Error(status.problem);
      if (isReached(status)) return;
    }
    await sleep(300);
  }
}

const statusOrNull = (life: LifecycleClient) => life.status().catch(() => null);

export async function until(isDone: () => Promise<boolean>, what: string, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isDone())) {
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what}.`);
    await sleep(100);
  }
}
