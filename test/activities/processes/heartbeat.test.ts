import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { currentBeat, heartbeatInterceptor } from '../../../activities/processes/heartbeat.js';

/** An activity as a worker runs it: behind the interceptor. */
function activity<T>(environment: MockActivityEnvironment, work: () => Promise<T>): Promise<T> {
  const { inbound } = heartbeatInterceptor(environment.context);
  return environment.run(() => inbound?.execute?.({ args: [], headers: {} }, work) as Promise<T>);
}

describe('a heartbeat', () => {
  it('carries what the activity last said, each time, until it says something else', async () => {
    const environment = new MockActivityEnvironment({ heartbeatTimeoutMs: 30 });
    const beats: unknown[] = [];
    environment.on('heartbeat', (progress: unknown) => beats.push(progress));
    await activity(environment, async () => {
      currentBeat().say({ trial: 1, percent: 45 });
      await sleep(60);
      currentBeat().say({ trial: 2 });
      await sleep(60);
    });
    expect(beats.length).toBeGreaterThan(4);
    expect(beats[0]).toEqual({ trial: 1, percent: 45 });
    expect(beats.at(-1)).toEqual({ trial: 2 });
    expect(beats.filter((beat) => beat === undefined)).toEqual([]);
  });

  it('tells of its own activity, when several run at once', async () => {
    const told = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const environment = new MockActivityEnvironment({ heartbeatTimeoutMs: 30 });
        const beats: unknown[] = [];
        environment.on('heartbeat', (progress: unknown) => beats.push(progress));
        await activity(environment, async () => {
          await sleep(1);
          currentBeat().say({ name });
          await sleep(60);
        });
        return beats.at(-1);
      }),
    );
    expect(told).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('stops when the activity ends, and is not sent where nobody waits for it', async () => {
    const environment = new MockActivityEnvironment({ heartbeatTimeoutMs: 30 });
    const silent = new MockActivityEnvironment({ heartbeatTimeoutMs: 0 });
    const beats: unknown[] = [];
    for (const at of [environment, silent]) at.on('heartbeat', (progress: unknown) => beats.push(progress));
    await activity(environment, async () => {});
    await activity(silent, () => sleep(60));
    await sleep(60);
    expect(beats).toEqual([]);
  });
});

describe('currentBeat', () => {
  it('has a signal that aborts when the activity is cancelled', async () => {
    const environment = new MockActivityEnvironment();
    const running = environment.run(
      () => new Promise((resolve) => currentBeat().signal.addEventListener('abort', () => resolve('stopped'))),
    );
    environment.cancel();
    await expect(running).resolves.toBe('stopped');
  });

  it('works outside an activity too', () => {
    const { signal, say } = currentBeat();
    say({ nobody: 'hears' });
    expect(signal.aborted).toBe(false);
  });
});
