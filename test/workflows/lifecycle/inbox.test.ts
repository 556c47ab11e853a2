import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNewer } from '../../../schemas/endpoint.js';
import { signalNames } from '../../../schemas/index.js';
import { type LifecycleState, limits } from '../../../workflows/lifecycle/state.js';
import {
  abandon,
  ask,
  begin,
  grant,
  production,
  promote,
  pushAll,
  recipe,
  recordAll,
  refusalOf,
  seen,
  send,
  served,
  sizeOf,
  stateOf,
  step,
  takeEvents,
  undecodable,
} from './fixtures.js';

const limitBytes = 256 * 1024;

describe('a message that is wrong', () => {
  it.each(signalNames)('"%s" that cannot be decoded is recorded as refused and harms nothing', (name) => {
    const state = stateOf();
    promote(state, 1);
    const { endpoints, gates, paused, retired } = structuredClone(state);
    expect(send(state, name, undecodable).accepted).toBe(false);
    expect(state).toMatchObject({ endpoints, gates, paused, retired });
    expect(state.refused).toMatchObject([{ message: name }]);
  });

  it.each([
    ['no body', undefined],
    ['null', null],
    ['a text', 'yes'],
    ['a list', []],
    ['an unknown field', { by: 'ana', versoin: 2 }],
    ['nobody who acts', { by: '  ' }],
    ['a text that is not Unicode', { by: 'ana \ud800' }],
    ['a NUL, which Postgres cannot store', { by: 'ana\u0000' }],
  ])('with %s is refused', (_, body) => {
    const state = stateOf();
    expect(send(state, 'pause', body).accepted).toBe(false);
    expect(state.paused).toBe(false);
    expect(state.counts).toEqual({ messages: 1, refused: 1, duplicates: 0 });
  });

  it.each(['shutdown', 'constructor', 'toString', '__proto__'])('with the name "%s" is refused', (name) => {
    expect(send(stateOf(), name, {}).message).toContain('is not a message of a lifecycle');
  });

  it('with a misspelt name is refused with the one that was meant', () => {
    const state = stateOf();
    send(state, 'aprove', { by: 'ana' });
    send(state, 'x'.repeat(1000), {});
    const unknown = 'is not a message of a lifecycle';
    expect(state.refused).toMatchObject([
      { message: 'aprove', code: 'InvalidInput', reason: `${unknown}; did you mean "approve"?` },
      { reason: unknown },
    ]);
  });

  it('is refused when it is far larger than such a message can be', () => {
    const state = stateOf();
    const workflowId = 'x'.repeat(100_000);
    send(state, 'rolloutAsks', { workflowId });
    expect(state.counts.refused).toBe(1);
  });

  it('about an endpoint that nobody knows makes none', () => {
    const state = stateOf();
    state.endpoints = [];
    abandon(state, 1);
    step(state, 1, 'promote');
    expect(state.endpoints).toEqual([]);
  });
});

describe('pause and resume', () => {
  it('are heard each time, also with the same words', () => {
    const state = stateOf();
    for (const name of ['pause', 'resume', 'pause']) send(state, name, { by: 'ana' });
    expect(state.paused).toBe(true);
  });

  it('lets a plan that stopped twice be tried again twice with the same words', () => {
    const state = stateOf({ recipe });
    for (const at of [1, 2]) {
      state.pipelineProblem = 'collect failed: no file';
      state.history.push({ at: new Date(begin + at).toISOString(), what: state.pipelineProblem });
      send(state, 'resume', { by: 'ana' }, begin + at);
      expect(state.pipelineProblem).toBeNull();
    }
  });
});

describe('resume after a stage that failed', () => {
  it.each([
    ['collect', 'collect'],
    ['label', 'collect'],
    ['train', 'collect'],
    ['package', 'package'],
    ['deploy', 'deploy'],
  ] as const)('%s goes on with %s, so that mended data is read again', (failed, next) => {
    const state = stateOf({ recipe });
    Object.assign(state, { pipeline: failed, pipelineProblem: `${failed} failed: no file` });
    send(state, 'resume', { by: 'ana' });
    expect(state).toMatchObject({ pipeline: next, pipelineProblem: null });
  });

  it('leaves the plan where it is when the model was only paused', () => {
    const state = stateOf({ recipe });
    state.pipeline = 'train';
    for (const name of ['pause', 'resume']) send(state, name, { by: 'ana' });
    expect(state.pipeline).toBe('train');
  });
});

describe('a model that is retired', () => {
  it('takes no more commands', () => {
    const state = stateOf();
    send(state, 'retire', { by: 'ana', reason: 'replaced' });
    expect(refusalOf(send(state, 'pause', { by: 'ana' }))).toMatch(/^MODEL_RETIRED/);
  });
});

describe('a flood', () => {
  const text = (n: number, length: number) => `${n}`.padEnd(length, 'ü');

  it.each<[string, (n: number) => [string, unknown]]>([
    ['junk', (n) => ['approve', { by: text(n, 300), nonsense: text(n, 5000) }]],
    [
      'answers that nothing waits for',
      (n) => ['approve', { by: text(n, 200), comment: text(n, 2000), requestId: text(n, 200) }],
    ],
    ['rollbacks', (n) => ['rollback', { by: text(n, 200), reason: text(n, 500), requestId: text(n, 200) }]],
    ['wishes to retrain', (n) => ['retrain', { by: text(n, 200), reason: text(n, 500), requestId: text(n, 200) }]],
    ['pauses', (n) => [n % 2 ? 'pause' : 'resume', { by: text(n, 200), requestId: text(n, 200) }]],
    [
      'outcomes',
      (n) => [
        'recordOutcomes',
        { outcomes: Array.from({ length: 500 }, (_, i) => ({ requestId: `${n}-${i}`.padEnd(50, 'o'), outcome: 1 })) },
      ],
    ],
    ['hints of rollouts', (n) => ['rolloutAsks', { workflowId: text(n, 500) }]],
    ['hints of servers', (n) => ['endpointMoved', { environment: `e${n}` }]],
  ])('of %s keeps the state small enough to continue as new', (_, message) => {
    const state = stateOf();
    promote(state, 1);
    promote(state, 2);
    for (let n = 0; n < 1500; n++) send(state, ...message(n));
    expect(sizeOf(state)).toBeLessThan(limitBytes);
  });

  it('of rollbacks to and fro while the ledger is down keeps the state small and the newest change of routes', () => {
    const state = stateOf();
    promote(state, 1);
    promote(state, 2);
    for (let n = 0; n < 1000; n++) {
      send(state, 'rollback', { by: text(n, 200), reason: text(n, 500), toVersion: 1 + (n % 2) });
      pushAll(state);
    }
    expect(sizeOf(state)).toBeLessThan(limitBytes);
    expect(state.factsToRecord.at(-1)).toMatchObject({
      kind: 'endpointChange',
      body: { generation: production(state).desired.generation },
    });
  });

  it('leaves a rollback its effect', () => {
    const state = stateOf({ recipe });
    promote(state, 1);
    promote(state, 2);
    for (let n = 0; n < 3000; n++) send(state, 'retrain', { by: `b${n}`, reason: `r${n}` });
    expect(send(state, 'rollback', { by: 'ana', reason: 'late answers' }).accepted).toBe(true);
    expect(production(state).routes.current?.version).toBe(1);
  });

  it('of outcomes lets one be corrected back, and takes the same words twice at once for one message', () => {
    const state = stateOf();
    const say = (outcome: boolean, requestId?: string) =>
      send(state, 'recordOutcomes', {
        outcomes: [{ requestId: 'order:991', outcome }],
        ...(requestId ? { requestId } : {}),
      });
    const changed = [say(false), say(true), say(false), say(false), say(true, 'mine'), say(true, 'mine')].map(
      (r) => r.changed,
    );
    expect(changed).toEqual([true, true, true, false, true, false]);
    expect(state.outcomes.map(({ outcomes }) => outcomes[0]?.outcome)).toEqual([false, true, false, true]);
    expect(state.outcomes[0]).toMatchObject({ model: state.spec.model, at: expect.stringMatching(/Z$/) });
    const stray = { outcomes: [{ requestId: 'x', model: 'another', outcome: true }] };
    expect(send(state, 'recordOutcomes', stray)).toMatchObject({ accepted: false, code: 'InvalidInput' });
  });

  it('of outcomes is refused, batch by batch, once too many wait', () => {
    const state = stateOf();
    const replies = Array.from({ length: limits.outcomeBatches + 5 }, (_, n) =>
      send(state, 'recordOutcomes', { outcomes: [{ requestId: `q${n}`, outcome: true }] }),
    );
    expect(replies.filter((r) => r.accepted)).toHaveLength(limits.outcomeBatches);
  });
});

describe('any sequence of messages', () => {
  const version = fc.integer({ min: 1, max: 4 });
  const body = fc.oneof(fc.jsonValue(), fc.constant(undecodable), fc.constant({ by: 'ana', reason: 'because' }));
  const moves = fc.oneof(
    version.map((v) => (state: LifecycleState) => ask(state, v)),
    version.map((v) => (state: LifecycleState) => ask(state, v, { environment: 'staging', runId: `s${v}` })),
    version.map((v) => (state: LifecycleState) => ask(state, v, { runId: `again-${v}` })),
    version.map((v) => (state: LifecycleState) => grant(state, v)),
    fc.tuple(version, fc.constantFrom('share' as const, 'promote' as const)).map(
      ([v, kind]) =>
        (state: LifecycleState) =>
          step(state, v, kind),
    ),
    version.map((v) => (state: LifecycleState) => abandon(state, v)),
    fc
      .option(version, { nil: undefined })
      .map(
        (toVersion) => (state: LifecycleState) =>
          void send(state, 'rollback', { by: 'ana', reason: 'x', environment: 'production', toVersion }),
      ),
    fc.tuple(fc.integer({ min: 1, max: 12 }), version, version).map(([generation, a, b]) => (state: LifecycleState) => {
      const routes = { current: served(a), candidate: null, previous: served(b) };
      seen(state, { fence: { generation, step: 0 }, routes });
    }),
    fc.constant((state: LifecycleState) => recordAll(state)),
    fc.constant((state: LifecycleState) => pushAll(state)),
    fc.constant((state: LifecycleState) => void takeEvents(state)),
    fc.tuple(fc.constantFrom(...signalNames.filter((n) => n !== 'retire')), body).map(
      ([name, b]) =>
        (state: LifecycleState) =>
          void send(state, name, b),
    ),
    fc.tuple(fc.string(), fc.jsonValue()).map(
      ([name, b]) =>
        (state: LifecycleState) =>
          void send(state, name, b),
    ),
  );

  it('keeps exactly one truth: a larger fence with each change of routes, one rollout on an endpoint', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 60 }), (sequence) => {
        const state = stateOf({ recipe });
        for (const move of sequence) {
          const before = structuredClone(state.endpoints);
          move(state);
          for (const old of before) checkStep(old, state);
          checkState(state);
        }
      }),
      { numRuns: 500 },
    );
  });

  function checkStep(old: LifecycleState['endpoints'][number], state: LifecycleState): void {
    const now = state.endpoints.find((e) => e.environment === old.environment);
    if (now === undefined) throw new Error(`the endpoint ${old.environment} was forgotten`);
    const moved = JSON.stringify(now.routes) !== JSON.stringify(old.routes);
    const grew = isNewer(now.desired, old.desired);
    expect({ moved, grew, shrank: isNewer(old.desired, now.desired) }).toEqual({
      moved,
      grew: moved || grew,
      shrank: false,
    });
  }

  /** Each gate belongs to the rollout that waits on its endpoint; no two gates or rollouts on one endpoint. */
  function checkState(state: LifecycleState): void {
    const gateOf = state.gates.map((g) => g.environment);
    expect(new Set(gateOf).size).toBe(gateOf.length);
    expect(new Set(state.endpoints.map((e) => e.environment)).size).toBe(state.endpoints.length);
    for (const gate of state.gates) {
      const rollout = state.endpoints.find((e) => e.environment === gate.environment)?.rollout;
      expect(rollout).toMatchObject({ gate: gate.gate, phase: 'waiting' });
    }
    for (const e of state.endpoints.filter((found) => found.routes.candidate !== null))
      expect(e.rollout?.phase).toBe('atStep');
    expect(JSON.parse(JSON.stringify(state))).toEqual(JSON.parse(JSON.stringify(structuredClone(state))));
  }
});
