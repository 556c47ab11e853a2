import { describe, expect, it } from 'vitest';
import { waitingOf } from '../../../activities/owner/pending-work.js';
import { LifecycleInput } from '../../../schemas/index.js';
import { initialState } from '../../../workflows/lifecycle/state.js';
import { isAtWork, waitingInWords } from '../../../workflows/lifecycle/waiting.js';

const now = Date.parse('2024-01-01T12:00:00Z');
const [scheduled, started] = [1, 2];
const ago = (seconds: number) => ({ seconds: { toNumber: () => now / 1000 - seconds } });

const pending = (name: string, more: object) => ({
  activityType: { name },
  attempt: 1,
  scheduledTime: ago(40),
  ...more,
});
const found = (...activities: object[]) =>
  waitingOf('train/m', { pendingActivities: activities } as unknown as Parameters<typeof waitingOf>[1], now);

describe('an activity', () => {
  it('waits for a worker when nobody has taken it for a while', () => {
    const since = '2024-01-01T11:59:20.000Z';
    expect(found(pending('planTraining', { state: scheduled }))).toEqual([
      { workflowId: 'train/m', activity: 'planTraining', since, why: null },
    ]);
    expect(found(pending('planTraining', { state: scheduled, scheduledTime: ago(5) }))).toEqual([]);
  });

  it('waits for its turn where another one of its workflow is at work', () => {
    expect(found(pending('runTrial', { state: started }), pending('runTrial', { state: scheduled }))).toEqual([]);
  });

  it('fails again and again from its third attempt on, and says why', () => {
    const lastFailure = { message: '', cause: { message: 'Postgres did not answer' } };
    const waiting = pending('collectDataset', { state: scheduled, attempt: 7, lastFailure });
    expect(found(waiting)).toMatchObject([{ activity: 'collectDataset', why: 'Postgres did not answer' }]);
    expect(found({ ...waiting, state: started })).toHaveLength(1);
    expect(found({ ...waiting, attempt: 2 })).toEqual([]);
  });

  it('is not our own look', () => {
    expect(found(pending('lookAtWork', { state: scheduled }))).toEqual([]);
  });
});

describe('what work waits for', () => {
  const since = '2024-01-01T11:59:20.000Z';
  const unstarted = { workflowId: 'train/m', activity: 'runTrial', since, why: null };

  it('names the queue that nobody asks for work', () => {
    expect(waitingInWords({ waiting: [unstarted], unpolled: ['mlops-compute'] })).toBe(
      'runTrial of train/m waits for a worker since 2024-01-01T11:59:20Z: nobody asks for work on mlops-compute',
    );
    expect(waitingInWords({ waiting: [unstarted], unpolled: [] })).toContain('every one is busy');
  });

  it('says what is tried again and again, each once', () => {
    const failing = { ...unstarted, why: 'Postgres did not answer' };
    expect(waitingInWords({ waiting: [failing, failing], unpolled: [] })).toBe(
      'runTrial of train/m is tried again and again: Postgres did not answer',
    );
  });

  it('is nothing where all goes on', () => {
    expect(waitingInWords({ waiting: [], unpolled: [] })).toBeNull();
  });

  it('is asked for while a stage runs or something is to be recorded, and not while a person is waited for', () => {
    const state = initialState(LifecycleInput.parse({ model: 'm' }), 'first-life');
    expect(isAtWork(state)).toBe(false);
    state.running = { stage: 'train', workflowId: 'train/m', input: {}, runId: null };
    expect(isAtWork(state)).toBe(true);
    state.gates.push({} as never);
    expect(isAtWork(state)).toBe(false);
    state.outcomes.push({} as never);
    expect(isAtWork(state)).toBe(true);
  });
});
