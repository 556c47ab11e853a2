import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { withHeartbeat } from '../../../activities/processes/heartbeat.js';

describe('withHeartbeat', () => {
  it('hands the activity a signal that aborts when the activity is cancelled', async () => {
    const environment = new MockActivityEnvironment();
    const running = environment.run(() =>
      withHeartbeat(
        ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'))),
      ),
    );
    environment.cancel();
    await expect(running).resolves.toBe('stopped');
  });

  it('runs outside an activity too', async () => {
    await expect(withHeartbeat(async ({ signal }) => signal.aborted)).resolves.toBe(false);
  });
});
