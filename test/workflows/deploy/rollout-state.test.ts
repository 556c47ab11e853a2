import { describe, expect, it } from 'vitest';
import type { RolloutEvent } from '../../../schemas/index.js';
import { hear, nothingHeard } from '../../../workflows/deploy/rollout-state.js';

const stopped = (reason: string): RolloutEvent => ({ kind: 'stopped', by: 'owner', reason, serving: 1 });
const stepDone = (step: number): RolloutEvent => ({ kind: 'stepDone', step, fence: { generation: 2, step } });

describe('what a rollout hears from its owner', () => {
  it('is of each kind the first, and of the steps which are done, however often it is said', () => {
    const heard = nothingHeard();
    for (let i = 0; i < 1000; i++) for (const event of [stepDone(i % 3), stopped(`the ${i}th`)]) hear(heard, event);
    expect(heard).toEqual({
      granted: null,
      approved: null,
      refused: null,
      stopped: stopped('the 0th'),
      stepsDone: [0, 1, 2],
    });
  });
});
