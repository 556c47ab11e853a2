import { describe, expect, it } from 'vitest';
import { RolloutEvent } from '../../../schemas/index.js';
import { adoptEndpoint } from '../../../workflows/lifecycle/server-state.js';
import {
  abandon,
  ask,
  begin,
  grant,
  production,
  promote,
  pushAll,
  refusalOf,
  seen,
  send,
  served,
  serving,
  stateOf,
  step,
  takeEvents,
} from './fixtures.js';

const noRoutes = { current: null, candidate: null, previous: null };
const rollback = { by: 'ana', reason: 'late answers' };

function twoVersions() {
  const state = stateOf();
  promote(state, 1);
  promote(state, 2);
  return state;
}

describe('a rollback', () => {
  it('without toVersion leaves the version last rolled out', () => {
    const state = twoVersions();
    const { generation } = production(state).desired;
    expect(send(state, 'rollback', rollback)).toMatchObject({ accepted: true, message: 'version 1 serves production' });
    expect(production(state)).toMatchObject({
      routes: { current: { version: 1 }, candidate: null, previous: { version: 2 } },
      desired: { generation: generation + 1, step: 0 },
      change: { change: 'rolledBack', by: 'ana', reason: 'late answers' },
    });
  });

  it('after a rollback is a recorded no-op', () => {
    const state = twoVersions();
    send(state, 'rollback', rollback);
    const { desired: fence } = production(state);
    const reply = send(state, 'rollback', { by: 'ben', reason: 'the same alarm' });
    expect(reply).toMatchObject({ accepted: true, message: expect.stringContaining('toVersion') });
    expect(serving(state)).toBe(1);
    expect(production(state).desired).toEqual(fence);
    expect(state.history.at(-1)?.what).toMatch(/^rollback by ben changed nothing/);
  });

  it('after a candidate that failed by itself is a recorded no-op', () => {
    const state = twoVersions();
    grant(state, 3);
    step(state, 3, 'share');
    abandon(state, 3);
    expect(send(state, 'rollback', rollback).accepted).toBe(true);
    expect(serving(state)).toBe(2);
  });

  it('works again after the next rollout', () => {
    const state = twoVersions();
    send(state, 'rollback', rollback);
    pushAll(state);
    promote(state, 3);
    send(state, 'rollback', rollback);
    expect(serving(state)).toBe(1);
  });

  it('with toVersion goes to a version that is kept warm, also forward again', () => {
    const state = twoVersions();
    send(state, 'rollback', rollback);
    expect(send(state, 'rollback', { ...rollback, toVersion: 2 }).accepted).toBe(true);
    expect(serving(state)).toBe(2);
  });

  it.each(['after a rollout', 'after a rollback'])('to a version that is not kept warm is refused %s', (when) => {
    const state = twoVersions();
    if (when === 'after a rollback') send(state, 'rollback', rollback);
    const reply = send(state, 'rollback', { ...rollback, toVersion: 9 });
    expect(reply).toMatchObject({
      accepted: false,
      message: expect.stringMatching(/^version 9 is not kept warm/),
    });
  });

  it('to the version that serves changes nothing and says so', () => {
    const state = twoVersions();
    const reply = send(state, 'rollback', { ...rollback, toVersion: 2 });
    expect(reply).toMatchObject({ accepted: true, message: 'version 2 serves production already' });
    expect(serving(state)).toBe(2);
  });

  it('is refused where there is no earlier version', () => {
    const state = stateOf();
    promote(state, 1);
    expect(refusalOf(send(state, 'rollback', rollback))).toMatch(/^NOTHING_TO_ROLL_BACK: there is no earlier version/);
  });

  it('is refused where there is no endpoint', () => {
    const elsewhere = { ...rollback, environment: 'staging' };
    expect(refusalOf(send(stateOf(), 'rollback', elsewhere))).toMatch(/^NOTHING_TO_ROLL_BACK: no such endpoint/);
    expect(refusalOf(send(stateOf(), 'rollback', rollback))).toMatch(/^NOTHING_TO_ROLL_BACK: there is no earlier/);
  });

  it('is refused with the choices where several endpoints could be meant', () => {
    const state = twoVersions();
    ask(state, 1, { environment: 'staging', runId: 'run-s' });
    expect(refusalOf(send(state, 'rollback', rollback))).toBe(
      'ANSWER_AMBIGUOUS: say which with "environment"; endpoints: production, staging',
    );
    expect(send(state, 'rollback', { ...rollback, environment: 'production' }).accepted).toBe(true);
  });

  it.each(['granted', 'share', 'promote'] as const)('stops a rollout that is at: %s', (phase) => {
    const state = twoVersions();
    grant(state, 3);
    if (phase !== 'granted') step(state, 3, phase);
    takeEvents(state);
    const before = production(state).desired;
    const reply = send(state, 'rollback', { ...rollback, environment: 'production', requestId: 'r1' });
    expect(reply).toMatchObject({ accepted: true, message: 'version 2 serves production' });
    expect(production(state)).toMatchObject({
      rollout: null,
      routes: { current: { version: 2 }, candidate: null, previous: { version: 1 } },
    });
    expect(production(state).desired.generation).toBe(before.generation + 1);
  });

  it('tells a rollout that is stopped which version serves in its place', () => {
    const state = twoVersions();
    grant(state, 3);
    step(state, 3, 'share');
    takeEvents(state);
    send(state, 'rollback', { ...rollback, toVersion: 1 });
    expect(serving(state)).toBe(1);
    expect(takeEvents(state)).toMatchObject([{ kind: 'stopped', serving: 1 }]);
  });

  it('while a version only waits tells it, once it is given up, what serves since', () => {
    const state = twoVersions();
    ask(state, 3);
    send(state, 'rollback', rollback);
    abandon(state, 3, 'nobody answered');
    expect(takeEvents(state)).toMatchObject([{ kind: 'stopped', serving: 1 }]);
  });

  it('tells the rollout in words that it understands', () => {
    const state = twoVersions();
    grant(state, 3);
    step(state, 3, 'share');
    takeEvents(state);
    send(state, 'rollback', { ...rollback, environment: 'production', requestId: 'r1' });
    const event = takeEvents(state);
    expect(event).toEqual([{ kind: 'stopped', by: 'ana', reason: 'late answers', serving: 2 }]);
    expect(RolloutEvent.safeParse(event[0]).success).toBe(true);
  });

  it('during a rollout goes where toVersion says', () => {
    const state = twoVersions();
    grant(state, 3);
    step(state, 3, 'share');
    const reply = send(state, 'rollback', { ...rollback, toVersion: 1 });
    expect(reply).toMatchObject({ accepted: true, message: 'version 1 serves production' });
    expect(production(state)).toMatchObject({ rollout: null, routes: { current: { version: 1 }, candidate: null } });
  });

  it('during a rollout to a version that is not kept warm is refused and stops nothing', () => {
    const state = twoVersions();
    grant(state, 3);
    step(state, 3, 'share');
    expect(send(state, 'rollback', { ...rollback, toVersion: 9 }).accepted).toBe(false);
    expect(production(state).rollout?.phase).toBe('atStep');
  });

  it('takes effect once for one requestId', () => {
    const state = twoVersions();
    send(state, 'rollback', { ...rollback, requestId: 'r1' });
    pushAll(state);
    promote(state, 3);
    expect(send(state, 'rollback', { ...rollback, requestId: 'r1' }).message).toBe(
      'the same message took effect before',
    );
    expect(serving(state)).toBe(3);
  });

  it('leaves a gate that waits open, and a later grant starts from what then serves', () => {
    const state = twoVersions();
    ask(state, 3);
    send(state, 'rollback', rollback);
    expect(serving(state)).toBe(1);
    expect(state.gates.map((g) => g.version)).toEqual([3]);
  });

  it('works for an owner that has only just taken the endpoint over', () => {
    const state = stateOf();
    const endpoint = production(state);
    adoptEndpoint(endpoint, {
      fence: { generation: 7, step: 2 },
      routes: { current: served(2), candidate: null, previous: served(1) },
      lastChange: null,
    });
    expect(send(state, 'rollback', rollback).accepted).toBe(true);
    expect(production(state)).toMatchObject({
      routes: { current: { version: 1 } },
      desired: { generation: 8, step: 0 },
    });
  });

  it('has nothing to leave after an owner that began anew gave back the share of a rollout that nobody knows', () => {
    const state = stateOf();
    const routes = { current: served(2), candidate: { ...served(3), share: 0.1 }, previous: served(1) };
    adoptEndpoint(production(state), { fence: { generation: 7, step: 1 }, routes: routes, lastChange: null });
    expect(production(state)).toMatchObject({
      routes: { current: { version: 2 }, candidate: null, previous: { version: 1 } },
      desired: { generation: 8, step: 0 },
      change: { change: 'aborted', by: 'owner' },
    });
    expect(send(state, 'rollback', rollback)).toMatchObject({ changed: false });
  });

  it('where an owner that began anew finds a first version being rolled out leaves that alone', () => {
    const state = stateOf();
    const routes = { current: null, candidate: { ...served(1), share: 1 }, previous: null };
    adoptEndpoint(production(state), { fence: { generation: 1, step: 1 }, routes: routes, lastChange: null });
    expect(production(state)).toMatchObject({ routes, desired: { generation: 1, step: 1 }, change: null });
  });

  it('over a server that lost its disk uses no generation of the ledger twice', () => {
    const state = stateOf();
    adoptEndpoint(production(state), { fence: { generation: 7, step: 0 }, routes: noRoutes, lastChange: null });
    expect(production(state)).toMatchObject({
      isObserved: true,
      routes: { current: null },
      observed: { generation: 7 },
    });
    grant(state, 1);
    expect(production(state).desired).toEqual({ generation: 8, step: 0 });
  });

  it('where nothing was ever changed begins with the first generation', () => {
    const state = stateOf();
    adoptEndpoint(production(state), { fence: null, routes: noRoutes, lastChange: null });
    grant(state, 1);
    expect(production(state).desired).toEqual({ generation: 1, step: 0 });
  });
});

describe('a rollback by break-glass', () => {
  const door = (generation: number, current: number, previous: number) => ({
    by: 'ana',
    reason: 'the owner is flooded',
    fence: { generation, step: 0 },
    routes: { current: served(current), candidate: null, previous: served(previous) },
  });

  it('is taken over, and a rollout in its way is stopped', () => {
    const state = twoVersions();
    grant(state, 3);
    step(state, 3, 'share');
    takeEvents(state);
    const { generation } = production(state).desired;
    seen(state, door(generation + 1, 1, 2));
    expect(takeEvents(state)).toEqual([{ kind: 'stopped', by: 'ana', reason: 'the owner is flooded', serving: 1 }]);
    expect(production(state)).toMatchObject({
      rollout: null,
      routes: { current: { version: 1 } },
      desired: { generation: generation + 1, step: 0 },
    });
    expect(production(state).observed).toEqual(production(state).desired);
  });

  it('leaves a gate open that only waits', () => {
    const state = twoVersions();
    ask(state, 3);
    const { generation } = production(state).desired;
    seen(state, door(generation + 1, 1, 2));
    expect(serving(state)).toBe(1);
    expect(state.gates.map((g) => g.version)).toEqual([3]);
    expect(takeEvents(state)).toEqual([]);
  });

  it('does not undo what a person asked for meanwhile, which goes above it', () => {
    const state = twoVersions();
    grant(state, 3);
    step(state, 3, 'share');
    pushAll(state);
    send(state, 'rollback', { ...rollback, toVersion: 1 });
    const { generation } = production(state).desired;
    seen(state, door(generation + 98, 2, 1));
    expect(serving(state)).toBe(1);
    expect(production(state)).toMatchObject({
      desired: { generation: generation + 99, step: 0 },
      change: { change: 'rolledBack', by: 'ana' },
    });
  });

  it('is not taken back by what an earlier life of its owner gave the server', () => {
    const state = twoVersions();
    const { generation } = production(state).desired;
    send(state, 'rollback', rollback);
    seen(state, { ...door(generation + 3, 2, 1), change: 'change' });
    expect(serving(state)).toBe(1);
    expect(production(state)).toMatchObject({
      desired: { generation: generation + 4, step: 0 },
      change: { change: 'rolledBack', by: 'ana' },
    });
  });

  it('that changed nothing on a server without its previous version stops no rollout', () => {
    const state = twoVersions();
    grant(state, 3);
    step(state, 3, 'share');
    pushAll(state);
    takeEvents(state);
    const { desired: fence, routes } = production(state);
    seen(state, { ...door(1, 1, 2), fence, routes: { ...routes, previous: null } });
    expect(production(state).rollout?.phase).toBe('atStep');
    expect(takeEvents(state)).toEqual([]);
  });

  it('heard of twice is one rollback', () => {
    const state = twoVersions();
    const { generation } = production(state).desired;
    seen(state, door(generation + 1, 1, 2));
    const facts = state.factsToRecord.length;
    seen(state, { ...door(generation + 1, 1, 2), reason: 'told again' });
    expect(state.factsToRecord).toHaveLength(facts);
  });

  it('that the owner did not know of when it began a rollout wins all the same', () => {
    const state = twoVersions();
    const { generation } = production(state).desired;
    grant(state, 3);
    step(state, 3, 'share');
    takeEvents(state);
    seen(state, door(generation + 1, 1, 2));
    expect(production(state)).toMatchObject({ rollout: null, routes: { current: { version: 1 }, candidate: null } });
    expect(production(state).desired).toEqual({ generation: generation + 2, step: 0 });
    expect(production(state).observed).not.toEqual(production(state).desired);
    expect(takeEvents(state)).toMatchObject([{ kind: 'stopped' }]);
  });

  it('that is older than what the owner did since is history', () => {
    const state = twoVersions();
    const { desired: fence } = production(state);
    seen(state, door(fence.generation - 1, 1, 2));
    expect(serving(state)).toBe(2);
    expect(production(state).desired).toEqual(fence);
  });

  it('after which the owner is asked for a rollback is a recorded no-op', () => {
    const state = twoVersions();
    seen(state, door(production(state).desired.generation + 1, 1, 2));
    send(state, 'rollback', rollback, begin);
    expect(serving(state)).toBe(1);
  });
});
