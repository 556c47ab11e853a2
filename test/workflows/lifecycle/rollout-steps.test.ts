import { describe, expect, it } from 'vitest';
import { lifecycleCard, statusOf } from '../../../workflows/lifecycle/display.js';
import { grantable } from '../../../workflows/lifecycle/rollout-steps.js';
import {
  ask,
  askStep,
  begin,
  grant,
  production,
  promote,
  pushAll,
  recordAll,
  send,
  serving,
  stateOf,
  takeEvents,
} from './fixtures.js';

const by = 'ana';
const share = (of: number) => ({ kind: 'share', share: of }) as const;

/** Version 1 serves, and version 2 has a tenth of the requests. */
function atFirstShare() {
  const state = stateOf();
  promote(state, 1);
  grant(state, 2);
  askStep(state, 2, { step: 0, wants: share(0.1) });
  pushAll(state);
  takeEvents(state);
  return state;
}

function atPause() {
  const state = atFirstShare();
  askStep(state, 2, { step: 1, wants: { kind: 'pause' } });
  return state;
}

describe('an approved rollout', () => {
  it('waits for its own approval to be recorded, and not for what else is sent all the time', () => {
    const state = stateOf();
    for (const endpoint of state.endpoints) endpoint.isObserved = true;
    ask(state, 1);
    send(state, 'approve', { by, version: 1 });
    expect(grantable(state)).toBeUndefined();
    for (let n = 0; n < 5; n++) send(state, 'retrain', { by: `b${n}`, reason: 'no recipe' });
    state.factsToRecord = state.factsToRecord.filter((f) => f.kind === 'retrain');
    expect(state.factsToRecord).toHaveLength(5);
    expect(grantable(state)?.environment).toBe('production');
  });
});

describe('a granted rollout', () => {
  it('is told of each share once the servers have it, under a larger fence', () => {
    const state = stateOf();
    promote(state, 1);
    grant(state, 2);
    takeEvents(state);
    askStep(state, 2, { step: 0, wants: share(0.1) });
    expect(takeEvents(state)).toEqual([]);
    pushAll(state);
    expect(takeEvents(state)).toEqual([{ kind: 'stepDone', step: 0, fence: { generation: 2, step: 1 } }]);
    askStep(state, 2, { step: 1, wants: share(0.5) });
    pushAll(state);
    expect(takeEvents(state)).toEqual([{ kind: 'stepDone', step: 1, fence: { generation: 2, step: 2 } }]);
    expect(production(state).routes).toMatchObject({ current: { version: 1 }, candidate: { version: 2, share: 0.5 } });
    expect(state.factsToRecord.map((f) => f.kind === 'endpointChange' && f.body.change)).toEqual([
      'candidate',
      'candidate',
    ]);
  });

  it('leaves its endpoint when the servers have its promotion, not before', () => {
    const state = atFirstShare();
    askStep(state, 2, { step: 2, wants: { kind: 'promote' } });
    expect(production(state).rollout).toMatchObject({ phase: 'atStep', step: 2 });
    pushAll(state);
    expect(production(state).rollout).toBeNull();
    expect(takeEvents(state)).toMatchObject([{ kind: 'stepDone', step: 2 }]);
    expect(serving(state)).toBe(2);
  });

  it.each([
    ['a promotion before the last step', { step: 1, wants: { kind: 'promote' } as const }],
    ['a share as the last step', { step: 2, wants: share(0.5) }],
    ['a step that it does not have', { step: 9, wants: share(0.5) }],
    ['the step that it is at', { step: 0, wants: share(0.5) }],
  ])('gets nothing for %s', (_, wanted) => {
    const state = atFirstShare();
    const { desired, routes } = production(state);
    askStep(state, 2, wanted);
    expect(production(state)).toMatchObject({ desired, routes, rollout: { phase: 'atStep', step: 0 } });
    expect(takeEvents(state)).toEqual([]);
  });
});

describe('while the model is paused', () => {
  it('no rollout is granted, approved or not, until the resume', () => {
    const state = stateOf();
    ask(state, 1);
    send(state, 'approve', { by });
    send(state, 'pause', { by });
    recordAll(state);
    expect(takeEvents(state)).toEqual([{ kind: 'approved', by: 'ana' }]);
    expect(production(state).rollout?.phase).toBe('recording');
    send(state, 'resume', { by });
    recordAll(state);
    expect(takeEvents(state)).toMatchObject([{ kind: 'granted' }]);
  });

  it('a step that is asked for, once or again, waits for the resume and is then taken once', () => {
    const state = atFirstShare();
    const { desired, routes } = production(state);
    send(state, 'pause', { by });
    for (const wants of [share(0.5), share(0.5)]) askStep(state, 2, { step: 1, wants });
    expect(production(state)).toMatchObject({ desired, routes, rollout: { phase: 'atStep', step: 0 } });
    send(state, 'resume', { by });
    pushAll(state);
    expect(production(state)).toMatchObject({
      routes: { candidate: { share: 0.5 } },
      rollout: { phase: 'atStep', step: 1 },
    });
    expect(production(state).rollout).not.toHaveProperty('held');
    expect(takeEvents(state)).toMatchObject([{ kind: 'stepDone', step: 1 }]);
  });

  it('a resume of one environment takes its rollout on, and ends no pause of the model', () => {
    const state = atPause();
    send(state, 'pause', { by });
    expect(send(state, 'resume', { by, environment: 'staging' })).toMatchObject({ changed: false });
    expect(send(state, 'resume', { by, environment: 'production' })).toMatchObject({ changed: true });
    expect(production(state).rollout?.phase).toBe('atStep');
    askStep(state, 2, { step: 2, wants: { kind: 'promote' } });
    expect(state.paused).toBe(true);
    expect(serving(state)).toBe(1);
    send(state, 'resume', { by });
    expect(serving(state)).toBe(2);
  });

  it('a promotion waits, and a rollback does not', () => {
    const state = atFirstShare();
    send(state, 'pause', { by });
    askStep(state, 2, { step: 2, wants: { kind: 'promote' } });
    expect(serving(state)).toBe(1);
    expect(send(state, 'rollback', { by, reason: 'the candidate is wrong' })).toMatchObject({ changed: true });
    send(state, 'resume', { by });
    pushAll(state);
    expect(serving(state)).toBe(1);
    expect(production(state).rollout).toBeNull();
  });
});

describe('a rollout at a pause', () => {
  it('moves no routes, and shows the line that takes it on', () => {
    const state = atFirstShare();
    const { desired } = production(state);
    askStep(state, 2, { step: 1, wants: { kind: 'pause' } });
    expect(production(state)).toMatchObject({ desired, rollout: { phase: 'paused', step: 1 } });
    const line = `temporal workflow signal -w lifecycle/flight-delay --name resume -i '{"by":"you@example.com","environment":"production"}'`;
    expect(statusOf(state)).toMatchObject({
      answerWith: [line],
      endpoints: [{ rollout: { phase: 'paused', step: 1, steps: 3, since: new Date(begin).toISOString() } }],
    });
    expect(lifecycleCard(state).join('\n')).toContain(line.replace(" -i '", " \\\n  -i '"));
  });

  it('goes on when it is resumed, once', () => {
    const state = atPause();
    const resume = { by, requestId: 'r1' };
    const message = 'resumed the rollout of version 2 to production';
    expect(send(state, 'resume', resume)).toMatchObject({ accepted: true, changed: true, message });
    expect(send(state, 'resume', resume)).toMatchObject({ changed: false });
    expect(takeEvents(state)).toMatchObject([{ kind: 'stepDone', step: 1 }]);
    expect(production(state).rollout).toMatchObject({ phase: 'atStep', step: 1 });
  });

  it('is heard at each of two pauses, also with the same words', () => {
    const state = stateOf();
    ask(state, 1, { steps: 4 });
    send(state, 'approve', { by });
    recordAll(state);
    for (const step of [0, 1]) {
      askStep(state, 1, { step, wants: { kind: 'pause' } });
      expect(send(state, 'resume', { by })).toMatchObject({ changed: true });
      expect(takeEvents(state).at(-1)).toMatchObject({ kind: 'stepDone', step });
    }
  });

  it('waits on when the resume means another environment', () => {
    const state = atPause();
    expect(send(state, 'resume', { by, environment: 'staging' })).toMatchObject({ changed: false });
    expect(production(state).rollout?.phase).toBe('paused');
  });

  it('waits on when the resume ends a pause of the model: that was another question', () => {
    const state = atPause();
    send(state, 'pause', { by });
    expect(send(state, 'resume', { by })).toMatchObject({ changed: true, message: 'resumed' });
    expect(production(state).rollout?.phase).toBe('paused');
    expect(send(state, 'resume', { by })).toMatchObject({ changed: true });
    expect(production(state).rollout?.phase).toBe('atStep');
  });

  it('is ended by a rollback, which returns to the routes before', () => {
    const state = atPause();
    send(state, 'rollback', { by, reason: 'late answers' });
    expect(production(state)).toMatchObject({ rollout: null, routes: { current: { version: 1 }, candidate: null } });
    expect(takeEvents(state)).toMatchObject([{ kind: 'stopped', serving: 1 }]);
    expect(send(state, 'resume', { by })).toMatchObject({ changed: false });
  });
});
