import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { currentBeat, heartbeatInterceptor, type Patience } from '../../../activities/processes/heartbeat.js';
import { boundedByItself } from '../../../activities/processes/sign-of-life.js';

/** An activity as a worker runs it: behind the interceptor. */
function activity<T>(
  environment: MockActivityEnvironment,
  work: () => Promise<T>,
  patience: Partial<Patience> = {},
): Promise<T> {
  const { inbound } = heartbeatInterceptor({ silenceMs: 200, longestMs: 500, ...patience })(environment.context);
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

describe('an activity that hangs', () => {
  const beating = { heartbeatTimeoutMs: 30, startToCloseTimeoutMs: 3_600_000 };
  const stalled = { type: 'STALLED', nonRetryable: true };
  const never = () => new Promise<never>(() => {});

  it('is given up after a while without a sign of progress, and its children are told', async () => {
    const environment = new MockActivityEnvironment(beating);
    const beats: unknown[] = [];
    environment.on('heartbeat', (progress: unknown) => beats.push(progress));
    let signal: AbortSignal | undefined;
    const hanging = activity(environment, async () => {
      signal = currentBeat().signal;
      await never();
    });
    await expect(hanging).rejects.toMatchObject(stalled);
    expect(signal?.reason).toMatchObject(stalled);
    const after = beats.length;
    await sleep(60);
    expect(beats).toHaveLength(after);
  });

  it('is not given up while it says something, or while a child with a deadline of its own works for it', async () => {
    const talking = activity(
      new MockActivityEnvironment(beating),
      async () => {
        for (let i = 0; i < 8; i++) {
          await sleep(50);
          currentBeat().say({ i });
        }
        return boundedByItself(sleep(400, 'done'));
      },
      { longestMs: 5000 },
    );
    await expect(talking).resolves.toBe('done');
  });

  it('is given up when it talks on for longer than work may take', async () => {
    const endless = activity(new MockActivityEnvironment(beating), async () => {
      for (;;) {
        await sleep(20);
        currentBeat().say({});
      }
    });
    await expect(endless).rejects.toMatchObject({ ...stalled, message: expect.stringContaining('0.5 seconds') });
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
