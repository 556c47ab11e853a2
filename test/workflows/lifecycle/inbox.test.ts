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
  send,
  served,
  sizeOf,
  stateOf,
  step,
  takeNews,
  undecodable,
} from './fixtures.js';

const limitBytes = 256 * 1024;

describe('a message that is wrong', () => {
  it.each(signalNames)('"%s" that cannot be decoded is recorded as refused and harms nothing', (name) => {
    const st = stateOf();
    promote(st, 1);
    const { endpoints, gates, paused, retired } = structuredClone(st);
    expect(send(st, name, undecodable).accepted).toBe(false);
    expect(st).toMatchObject({ endpoints, gates, paused, retired });
    expect(st.refused).toMatchObject([{ message: name }]);
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
    const st = stateOf();
    expect(send(st, 'pause', body).accepted).toBe(false);
    expect(st.paused).toBe(false);
    expect(st.counts).toEqual({ messages: 1, refused: 1, duplicates: 0 });
  });

  it.each(['shutdown', 'constructor', 'toString', '__proto__'])('with the name "%s" is refused', (name) => {
    expect(send(stateOf(), name, {}).message).toContain('is not a message of a lifecycle');
  });

  it('is refused when it is far larger than such a message can be', () => {
    const st = stateOf();
    const workflowId = 'x'.repeat(100_000);
    send(st, 'rolloutAbandoned', { workflowId, runId: 'r', environment: 'production', reason: 'r' });
    expect(st.counts.refused).toBe(1);
  });

  it('about an endpoint that nobody knows makes none', () => {
    const st = stateOf();
    st.endpoints = [];
    abandon(st, 1);
    step(st, 1, 'full');
    expect(st.endpoints).toEqual([]);
  });
});

describe('pause and resume', () => {
  it('are heard each time, also with the same words', () => {
    const st = stateOf();
    for (const name of ['pause', 'resume', 'pause']) send(st, name, { by: 'ana' });
    expect(st.paused).toBe(true);
  });

  it('lets a plan that stopped twice be tried again twice with the same words', () => {
    const st = stateOf({ recipe });
    for (const at of [1, 2]) {
      st.planProblem = 'collect failed: no file';
      st.history.push({ at: new Date(begin + at).toISOString(), what: st.planProblem });
      send(st, 'resume', { by: 'ana' }, begin + at);
      expect(st.planProblem).toBeNull();
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
    const st = stateOf({ recipe });
    Object.assign(st, { plan: failed, planProblem: `${failed} failed: no file` });
    send(st, 'resume', { by: 'ana' });
    expect(st).toMatchObject({ plan: next, planProblem: null });
  });

  it('leaves the plan where it is when the model was only paused', () => {
    const st = stateOf({ recipe });
    st.plan = 'train';
    for (const name of ['pause', 'resume']) send(st, name, { by: 'ana' });
    expect(st.plan).toBe('train');
  });
});

describe('a model that is retired', () => {
  it('takes no more commands', () => {
    const st = stateOf();
    send(st, 'retire', { by: 'ana', reason: 'replaced' });
    expect(send(st, 'pause', { by: 'ana' }).message).toMatch(/^MODEL_RETIRED/);
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
        { outcomes: Array.from({ length: 500 }, (_, i) => ({ requestId: `${n}-${text(i, 25)}`, outcome: 1 })) },
      ],
    ],
    [
      'rollouts',
      (n) => [
        'rolloutRequested',
        {
          workflowId: text(n, 500),
          runId: `r${n}`,
          environment: `e${n}`,
          version: served(n + 1),
          evidence: Array.from({ length: 7 }, () => text(n, 300)),
          evidenceDigest: served(1).modelDigest,
        },
      ],
    ],
    [
      'steps of no rollout',
      (n) => [
        'rolloutStep',
        { workflowId: text(n, 500), runId: `r${n}`, environment: `e${n}`, step: 'full', share: 1 },
      ],
    ],
    [
      'rollbacks through the door',
      (n) => [
        'endpointRolledBack',
        {
          environment: `e${n}`,
          by: text(n, 200),
          reason: text(n, 500),
          fence: { generation: n + 1, step: 0 },
          routes: { current: null, canary: null, previous: null },
        },
      ],
    ],
  ])('of %s keeps the state small enough to continue as new', (_, message) => {
    const st = stateOf();
    promote(st, 1);
    promote(st, 2);
    for (let n = 0; n < 1500; n++) send(st, ...message(n));
    expect(sizeOf(st)).toBeLessThan(limitBytes);
  });

  it('of rollbacks to and fro while the ledger is down keeps the state small and the newest change of routes', () => {
    const st = stateOf();
    promote(st, 1);
    promote(st, 2);
    for (let n = 0; n < 1000; n++) {
      send(st, 'rollback', { by: text(n, 200), reason: text(n, 500), toVersion: 1 + (n % 2) });
      pushAll(st);
    }
    expect(sizeOf(st)).toBeLessThan(limitBytes);
    expect(st.outbox.at(-1)).toMatchObject({
      kind: 'endpointChange',
      body: { generation: production(st).fence.generation },
    });
  });

  it('leaves a rollback its effect', () => {
    const st = stateOf({ recipe });
    promote(st, 1);
    promote(st, 2);
    for (let n = 0; n < 3000; n++) send(st, 'retrain', { by: `b${n}`, reason: `r${n}` });
    expect(send(st, 'rollback', { by: 'ana', reason: 'late answers' }).accepted).toBe(true);
    expect(production(st).routes.current?.version).toBe(1);
  });

  it('of outcomes is refused, batch by batch, once too many wait', () => {
    const st = stateOf();
    const replies = Array.from({ length: limits.outcomeBatches + 5 }, (_, n) =>
      send(st, 'recordOutcomes', { outcomes: [{ requestId: `q${n}`, outcome: true }] }),
    );
    expect(replies.filter((r) => r.accepted)).toHaveLength(limits.outcomeBatches);
  });
});

describe('any sequence of messages', () => {
  const version = fc.integer({ min: 1, max: 4 });
  const body = fc.oneof(fc.jsonValue(), fc.constant(undecodable), fc.constant({ by: 'ana', reason: 'because' }));
  const moves = fc.oneof(
    version.map((v) => (st: LifecycleState) => void ask(st, v)),
    version.map((v) => (st: LifecycleState) => void ask(st, v, { environment: 'staging', runId: `s${v}` })),
    version.map((v) => (st: LifecycleState) => void ask(st, v, { runId: `again-${v}` })),
    version.map((v) => (st: LifecycleState) => grant(st, v)),
    fc.tuple(version, fc.constantFrom('canary' as const, 'full' as const)).map(
      ([v, kind]) =>
        (st: LifecycleState) =>
          void step(st, v, kind),
    ),
    version.map((v) => (st: LifecycleState) => void abandon(st, v)),
    fc
      .option(version, { nil: undefined })
      .map(
        (toVersion) => (st: LifecycleState) =>
          void send(st, 'rollback', { by: 'ana', reason: 'x', environment: 'production', toVersion }),
      ),
    fc.tuple(fc.integer({ min: 1, max: 12 }), version, version).map(([generation, a, b]) => (st: LifecycleState) => {
      const routes = { current: served(a), canary: null, previous: served(b) };
      send(st, 'endpointRolledBack', {
        environment: 'production',
        by: 'ana',
        reason: 'door',
        fence: { generation, step: 0 },
        routes,
      });
    }),
    fc.constant((st: LifecycleState) => recordAll(st)),
    fc.constant((st: LifecycleState) => pushAll(st)),
    fc.constant((st: LifecycleState) => void takeNews(st)),
    fc.tuple(fc.constantFrom(...signalNames.filter((n) => n !== 'retire')), body).map(
      ([name, b]) =>
        (st: LifecycleState) =>
          void send(st, name, b),
    ),
    fc.tuple(fc.string(), fc.jsonValue()).map(
      ([name, b]) =>
        (st: LifecycleState) =>
          void send(st, name, b),
    ),
  );

  it('keeps exactly one truth: a larger fence with each change of routes, one rollout on an endpoint', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 60 }), (sequence) => {
        const st = stateOf({ recipe });
        for (const move of sequence) {
          const before = structuredClone(st.endpoints);
          move(st);
          for (const old of before) checkStep(old, st);
          checkState(st);
        }
      }),
      { numRuns: 500 },
    );
  });

  function checkStep(old: LifecycleState['endpoints'][number], st: LifecycleState): void {
    const now = st.endpoints.find((e) => e.environment === old.environment);
    if (now === undefined) throw new Error(`the endpoint ${old.environment} was forgotten`);
    const moved = JSON.stringify(now.routes) !== JSON.stringify(old.routes);
    const grew = isNewer(now.fence, old.fence);
    expect({ moved, grew, shrank: isNewer(old.fence, now.fence) }).toEqual({
      moved,
      grew: moved || grew,
      shrank: false,
    });
  }

  /** Each gate belongs to the rollout that waits on its endpoint; no two gates or rollouts on one endpoint. */
  function checkState(st: LifecycleState): void {
    const gateOf = st.gates.map((g) => g.environment);
    expect(new Set(gateOf).size).toBe(gateOf.length);
    expect(new Set(st.endpoints.map((e) => e.environment)).size).toBe(st.endpoints.length);
    for (const gate of st.gates) {
      const rollout = st.endpoints.find((e) => e.environment === gate.environment)?.rollout;
      expect(rollout).toMatchObject({ gate: gate.gate, phase: 'waiting' });
    }
    for (const e of st.endpoints.filter((found) => found.routes.canary !== null))
      expect(e.rollout?.phase).toBe('canary');
    expect(JSON.parse(JSON.stringify(st))).toEqual(JSON.parse(JSON.stringify(structuredClone(st))));
  }
});
