import { describe, expect, it } from 'vitest';
import { type Before, planAfter } from '../../../workflows/lifecycle/life.js';
import { mayWish, schedulesOf, scheduleWish } from '../../../workflows/lifecycle/schedules.js';
import { promote, recipe, send, stateOf } from './fixtures.js';

const two = { environments: [{ name: 'staging' }, { name: 'production' }] };
const none: Before = { version: null, promoted: [], decidedIn: [] };
const collect = { pipeline: 'collect', outputs: {} };
const over = { pipeline: null, outputs: {} };

describe('an owner that begins where another ended', () => {
  it.each<[string, object, Partial<Before>, object]>([
    ['begins the plan where nothing was packaged', { recipe }, {}, collect],
    ['has no plan without a recipe', {}, { version: 3 }, over],
    [
      'deploys what was packaged and never decided',
      { recipe },
      { version: 1 },
      { pipeline: 'deploy', outputs: { version: 1, promotedTo: [] } },
    ],
    ['opens no second gate for what was rejected', { recipe }, { version: 1, decidedIn: ['production'] }, over],
    [
      'opens none for version 1 over version 7',
      { recipe },
      { version: 7, promoted: [{ environment: 'production', version: 7 }], decidedIn: ['production'] },
      over,
    ],
    [
      'goes on to the next environment with what was promoted in the one before, and not with a newer version',
      { recipe, ...two },
      { version: 4, promoted: [{ environment: 'staging', version: 2 }], decidedIn: ['staging'] },
      { pipeline: 'deploy', outputs: { version: 2, promotedTo: ['staging'] } },
    ],
    [
      'is done where the last environment has decided',
      { recipe, ...two },
      { version: 4, promoted: [{ environment: 'staging', version: 2 }], decidedIn: ['staging', 'production'] },
      over,
    ],
  ])('%s', (_, input, before, plan) => {
    expect(planAfter(stateOf(input).spec, { ...none, ...before })).toEqual(plan);
  });
});

describe('a retirement', () => {
  it('is a fact, and only the first one', () => {
    const state = stateOf();
    send(state, 'retire', { by: 'ana', reason: 'replaced' });
    send(state, 'retire', { by: 'ben', reason: 'its server is gone', force: true });
    expect(state.retired).toEqual({ by: 'ben', reason: 'its server is gone', force: true });
    expect(state.factsToRecord).toMatchObject([
      { kind: 'lifecycleChange', body: { change: 'retired', by: 'ana', reason: 'replaced', specification: null } },
    ]);
  });
});

describe('the Schedules of a lifecycle', () => {
  const withBoth = { recipe, monitor: { every: '6 hours' }, retrain: { every: '30 days' } };

  it('are made once something serves, kept before that, and removed with the model', () => {
    const state = stateOf(withBoth);
    expect(mayWish(state)).toBe(false);
    for (const endpoint of state.endpoints) endpoint.isObserved = true;
    expect([mayWish(state), scheduleWish(state)]).toEqual([true, 'those there']);
    promote(state, 1);
    expect(scheduleWish(state)).toBe('all');
    expect(schedulesOf(state, 'mlops').map((s) => [s.scheduleId, s.every])).toEqual([
      ['monitor/flight-delay/production/schedule', '6 hours'],
      ['retrain/flight-delay/schedule', '30 days'],
    ]);
    send(state, 'retire', { by: 'ana', reason: 'replaced' });
    expect([mayWish(state), scheduleWish(state), schedulesOf(state, 'mlops')]).toEqual([true, 'none', []]);
  });

  it('follow the specification', () => {
    const state = stateOf(withBoth);
    send(state, 'configure', { by: 'ana', specification: { monitor: null, retrain: { every: '7 days' } } });
    expect(schedulesOf(state, 'mlops')).toMatchObject([
      { scheduleId: 'retrain/flight-delay/schedule', every: '7 days' },
    ]);
  });
});
