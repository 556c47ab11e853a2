import { describe, expect, it } from 'vitest';
import { RolloutNews } from '../../../schemas/index.js';
import { adoptEndpoint } from '../../../workflows/lifecycle/endpoint.js';
import {
  abandon,
  ask,
  begin,
  grant,
  production,
  promote,
  pushAll,
  send,
  served,
  serving,
  stateOf,
  step,
  takeNews,
} from './fixtures.js';

const noRoutes = { current: null, canary: null, previous: null };
const rollback = { by: 'ana', reason: 'late answers' };

function twoVersions() {
  const st = stateOf();
  promote(st, 1);
  promote(st, 2);
  return st;
}

describe('a rollback', () => {
  it('without toVersion leaves the version last rolled out', () => {
    const st = twoVersions();
    const { generation } = production(st).fence;
    expect(send(st, 'rollback', rollback)).toMatchObject({ accepted: true, message: 'version 1 serves production' });
    expect(production(st)).toMatchObject({
      routes: { current: { version: 1 }, canary: null, previous: { version: 2 } },
      fence: { generation: generation + 1, step: 0 },
      change: { change: 'rolledBack', by: 'ana', reason: 'late answers' },
    });
  });

  it('after a rollback is a recorded no-op', () => {
    const st = twoVersions();
    send(st, 'rollback', rollback);
    const { fence } = production(st);
    const reply = send(st, 'rollback', { by: 'ben', reason: 'the same alarm' });
    expect(reply).toMatchObject({ accepted: true, message: expect.stringContaining('toVersion') });
    expect(serving(st)).toBe(1);
    expect(production(st).fence).toEqual(fence);
    expect(st.history.at(-1)?.what).toMatch(/^rollback by ben changed nothing/);
  });

  it('after a canary that failed by itself is a recorded no-op', () => {
    const st = twoVersions();
    grant(st, 3);
    step(st, 3, 'canary');
    abandon(st, 3);
    expect(send(st, 'rollback', rollback).accepted).toBe(true);
    expect(serving(st)).toBe(2);
  });

  it('works again after the next rollout', () => {
    const st = twoVersions();
    send(st, 'rollback', rollback);
    pushAll(st);
    promote(st, 3);
    send(st, 'rollback', rollback);
    expect(serving(st)).toBe(1);
  });

  it('with toVersion goes to a version that is kept warm, also forward again', () => {
    const st = twoVersions();
    send(st, 'rollback', rollback);
    expect(send(st, 'rollback', { ...rollback, toVersion: 2 }).accepted).toBe(true);
    expect(serving(st)).toBe(2);
  });

  it.each(['after a rollout', 'after a rollback'])('to a version that is not kept warm is refused %s', (when) => {
    const st = twoVersions();
    if (when === 'after a rollback') send(st, 'rollback', rollback);
    const reply = send(st, 'rollback', { ...rollback, toVersion: 9 });
    expect(reply).toMatchObject({
      accepted: false,
      message: expect.stringMatching(/^NOTHING_TO_ROLL_BACK: version 9 is not kept warm/),
    });
  });

  it('to the version that serves changes nothing and says so', () => {
    const st = twoVersions();
    const reply = send(st, 'rollback', { ...rollback, toVersion: 2 });
    expect(reply).toMatchObject({ accepted: true, message: 'version 2 serves production already' });
    expect(serving(st)).toBe(2);
  });

  it('is refused where there is no earlier version', () => {
    const st = stateOf();
    promote(st, 1);
    expect(send(st, 'rollback', rollback).message).toMatch(/^NOTHING_TO_ROLL_BACK: there is no earlier version/);
  });

  it('is refused where there is no endpoint', () => {
    const elsewhere = { ...rollback, environment: 'staging' };
    expect(send(stateOf(), 'rollback', elsewhere).message).toMatch(/^NOTHING_TO_ROLL_BACK: no such endpoint/);
    expect(send(stateOf(), 'rollback', rollback).message).toMatch(/^NOTHING_TO_ROLL_BACK: there is no earlier/);
  });

  it('is refused with the choices where several endpoints could be meant', () => {
    const st = twoVersions();
    ask(st, 1, { environment: 'staging', runId: 'run-s' });
    expect(send(st, 'rollback', rollback).message).toBe(
      'ANSWER_AMBIGUOUS: say which with "environment"; endpoints: production, staging',
    );
    expect(send(st, 'rollback', { ...rollback, environment: 'production' }).accepted).toBe(true);
  });

  it.each(['granted', 'canary', 'full'] as const)('stops a rollout that is %s', (phase) => {
    const st = twoVersions();
    grant(st, 3);
    if (phase !== 'granted') step(st, 3, phase);
    takeNews(st);
    const before = production(st).fence;
    const reply = send(st, 'rollback', { ...rollback, environment: 'production', requestId: 'r1' });
    expect(reply).toMatchObject({ accepted: true, message: 'version 2 serves production' });
    expect(production(st)).toMatchObject({
      rollout: null,
      routes: { current: { version: 2 }, canary: null, previous: { version: 1 } },
    });
    expect(production(st).fence.generation).toBe(before.generation + 1);
  });

  it('tells a rollout that is stopped which version serves in its place', () => {
    const st = twoVersions();
    grant(st, 3);
    step(st, 3, 'canary');
    takeNews(st);
    send(st, 'rollback', { ...rollback, toVersion: 1 });
    expect(serving(st)).toBe(1);
    expect(takeNews(st)).toMatchObject([{ kind: 'stopped', serving: 1 }]);
  });

  it('while a version only waits tells it, once it is given up, what serves since', () => {
    const st = twoVersions();
    ask(st, 3);
    send(st, 'rollback', rollback);
    abandon(st, 3, 'nobody answered');
    expect(takeNews(st)).toMatchObject([{ kind: 'stopped', serving: 1 }]);
  });

  it('tells the rollout in words that it understands', () => {
    const st = twoVersions();
    grant(st, 3);
    step(st, 3, 'canary');
    takeNews(st);
    send(st, 'rollback', { ...rollback, environment: 'production', requestId: 'r1' });
    const news = takeNews(st);
    expect(news).toEqual([{ kind: 'stopped', by: 'ana', reason: 'late answers', serving: 2 }]);
    expect(RolloutNews.safeParse(news[0]).success).toBe(true);
  });

  it('during a canary goes where toVersion says', () => {
    const st = twoVersions();
    grant(st, 3);
    step(st, 3, 'canary');
    const reply = send(st, 'rollback', { ...rollback, toVersion: 1 });
    expect(reply).toMatchObject({ accepted: true, message: 'version 1 serves production' });
    expect(production(st)).toMatchObject({ rollout: null, routes: { current: { version: 1 }, canary: null } });
  });

  it('during a canary to a version that is not kept warm is refused and stops nothing', () => {
    const st = twoVersions();
    grant(st, 3);
    step(st, 3, 'canary');
    expect(send(st, 'rollback', { ...rollback, toVersion: 9 }).accepted).toBe(false);
    expect(production(st).rollout?.phase).toBe('canary');
  });

  it('takes effect once for one requestId', () => {
    const st = twoVersions();
    send(st, 'rollback', { ...rollback, requestId: 'r1' });
    pushAll(st);
    promote(st, 3);
    expect(send(st, 'rollback', { ...rollback, requestId: 'r1' }).message).toBe('the same message took effect before');
    expect(serving(st)).toBe(3);
  });

  it('leaves a gate that waits open, and a later grant starts from what then serves', () => {
    const st = twoVersions();
    ask(st, 3);
    send(st, 'rollback', rollback);
    expect(serving(st)).toBe(1);
    expect(st.gates.map((g) => g.version)).toEqual([3]);
  });

  it('works for an owner that has only just taken the endpoint over', () => {
    const st = stateOf();
    const endpoint = production(st);
    adoptEndpoint(endpoint, { generation: 7, step: 2 }, { current: served(2), canary: null, previous: served(1) });
    expect(send(st, 'rollback', rollback).accepted).toBe(true);
    expect(production(st)).toMatchObject({ routes: { current: { version: 1 } }, fence: { generation: 8, step: 0 } });
  });

  it('over a server that lost its disk uses no generation of the ledger twice', () => {
    const st = stateOf();
    adoptEndpoint(production(st), { generation: 7, step: 0 }, noRoutes);
    expect(production(st)).toMatchObject({ known: true, routes: { current: null }, pushed: { generation: 7 } });
    grant(st, 1);
    expect(production(st).fence).toEqual({ generation: 8, step: 0 });
  });

  it('where nothing was ever changed begins with the first generation', () => {
    const st = stateOf();
    adoptEndpoint(production(st), { generation: 0, step: 0 }, noRoutes);
    grant(st, 1);
    expect(production(st).fence).toEqual({ generation: 1, step: 0 });
  });
});

describe('a rollback through the second door', () => {
  const door = (generation: number, current: number, previous: number) => ({
    environment: 'production',
    by: 'ana',
    reason: 'the owner is flooded',
    fence: { generation, step: 0 },
    routes: { current: served(current), canary: null, previous: served(previous) },
  });

  it('is taken over, and a rollout in its way is stopped', () => {
    const st = twoVersions();
    grant(st, 3);
    step(st, 3, 'canary');
    takeNews(st);
    const { generation } = production(st).fence;
    send(st, 'endpointRolledBack', door(generation + 1, 1, 2));
    expect(takeNews(st)).toEqual([{ kind: 'stopped', by: 'ana', reason: 'the owner is flooded', serving: 1 }]);
    expect(production(st)).toMatchObject({
      rollout: null,
      routes: { current: { version: 1 } },
      fence: { generation: generation + 1, step: 0 },
    });
    expect(production(st).pushed).toEqual(production(st).fence);
  });

  it('leaves a gate open that only waits', () => {
    const st = twoVersions();
    ask(st, 3);
    const { generation } = production(st).fence;
    send(st, 'endpointRolledBack', door(generation + 1, 1, 2));
    expect(serving(st)).toBe(1);
    expect(st.gates.map((g) => g.version)).toEqual([3]);
    expect(takeNews(st)).toEqual([]);
  });

  it('does not undo what a person asked for meanwhile, which goes above it', () => {
    const st = twoVersions();
    grant(st, 3);
    step(st, 3, 'canary');
    pushAll(st);
    send(st, 'rollback', { ...rollback, toVersion: 1 });
    const { generation } = production(st).fence;
    send(st, 'endpointRolledBack', door(generation + 98, 2, 1));
    expect(serving(st)).toBe(1);
    expect(production(st)).toMatchObject({
      fence: { generation: generation + 99, step: 0 },
      change: { change: 'rolledBack', by: 'ana' },
    });
  });

  it('that changed nothing on a server without its previous version stops no rollout', () => {
    const st = twoVersions();
    grant(st, 3);
    step(st, 3, 'canary');
    pushAll(st);
    takeNews(st);
    const { fence, routes } = production(st);
    send(st, 'endpointRolledBack', { ...door(1, 1, 2), fence, routes: { ...routes, previous: null } });
    expect(production(st).rollout?.phase).toBe('canary');
    expect(takeNews(st)).toEqual([]);
  });

  it('heard of twice is one rollback', () => {
    const st = twoVersions();
    const { generation } = production(st).fence;
    send(st, 'endpointRolledBack', door(generation + 1, 1, 2));
    const facts = st.outbox.length;
    send(st, 'endpointRolledBack', { ...door(generation + 1, 1, 2), reason: 'told again' });
    expect(st.outbox).toHaveLength(facts);
  });

  it('that the owner did not know of when it began a rollout wins all the same', () => {
    const st = twoVersions();
    const { generation } = production(st).fence;
    grant(st, 3);
    step(st, 3, 'canary');
    takeNews(st);
    send(st, 'endpointRolledBack', door(generation + 1, 1, 2));
    expect(production(st)).toMatchObject({ rollout: null, routes: { current: { version: 1 }, canary: null } });
    expect(production(st).fence).toEqual({ generation: generation + 2, step: 0 });
    expect(production(st).pushed).not.toEqual(production(st).fence);
    expect(takeNews(st)).toMatchObject([{ kind: 'stopped' }]);
  });

  it('that is older than what the owner did since is history', () => {
    const st = twoVersions();
    const { fence } = production(st);
    send(st, 'endpointRolledBack', door(fence.generation - 1, 1, 2));
    expect(serving(st)).toBe(2);
    expect(production(st).fence).toEqual(fence);
  });

  it('after which the owner is asked for a rollback is a recorded no-op', () => {
    const st = twoVersions();
    send(st, 'endpointRolledBack', door(production(st).fence.generation + 1, 1, 2));
    send(st, 'rollback', rollback, begin);
    expect(serving(st)).toBe(1);
  });
});
