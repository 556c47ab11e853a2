import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LifecycleInput } from '../../../schemas/index.js';
import { carry, takeUp } from '../../../workflows/lifecycle/handed-on/carried.js';
import { limits } from '../../../workflows/lifecycle/handed-on/limits.js';
import { loadOf } from '../../../workflows/lifecycle/handed-on/load.js';
import { takeLook } from '../../../workflows/lifecycle/rollout-looks.js';
import type { LifecycleState } from '../../../workflows/lifecycle/state.js';
import {
  ask,
  begin,
  grant,
  nonce,
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
} from './fixtures.js';

const limitBytes = 256 * 1024;
const fixtures = join(import.meta.dirname, '../../fixtures');
const kept = readdirSync(fixtures).filter((name) => /^lifecycle-state-v\d+\.json$/.test(name));

/** A state in which something is everywhere. */
function lively(): LifecycleState {
  const state = stateOf({
    recipe,
    monitor: { every: '1 hour' },
    environments: [{ name: 'staging' }, { name: 'production' }],
  });
  promote(state, 1);
  send(state, 'rollback', { by: 'ana', reason: 'late', requestId: 'a' });
  grant(state, 2);
  step(state, 2, 'share');
  ask(state, 2, { environment: 'staging' });
  send(state, 'approve', { by: 'ben', environment: 'nowhere' });
  send(state, 'approve', { by: 'ben', environment: 'staging' });
  ask(state, 3, { environment: 'staging' });
  send(state, 'pause', { by: 'ana', reason: 'x' });
  send(state, 'retrain', { by: 'ana', reason: 'new data' });
  send(state, 'recordOutcomes', { by: 'billing', outcomes: [{ requestId: 'r1', outcome: 1 }] });
  state.running = { stage: 'collect', workflowId: 'collect/flights', input: {}, runId: 'r1' };
  state.problems = { facts: 'the ledger is away' };
  return state;
}

/** Every field at every depth, whatever its value: of lists those of all members. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const at = (key: string) => (Array.isArray(value) ? `${path}[]` : `${path}.${key}`);
  const fields = Object.entries(value).flatMap(([key, one]) => [at(key), ...fieldsOf(one, at(key))]);
  return [...new Set(fields)].toSorted();
}

describe('a state that is handed on', () => {
  it('is the same state in the next run', () => {
    const state = stateOf({ recipe });
    promote(state, 1);
    send(state, 'rollback', { by: 'ana', reason: 'late', requestId: 'a' });
    const next = takeUp(state.spec, overTheWire(carry(state, begin)));
    expect(overTheWire(next)).toEqual(overTheWire(state));
    expect(send(next, 'rollback', { by: 'ana', reason: 'late', requestId: 'a' })).toMatchObject({ changed: false });
  });

  it('leaves the specification to the input, and the input of a stage that surely runs to its run', () => {
    const state = stateOf({ recipe });
    const running = { stage: 'collect', workflowId: 'collect/flights', input: recipe.collect } as const;
    state.running = { ...running, runId: 'r1' };
    expect(carry(state, begin)).not.toHaveProperty('spec');
    expect(carry(state, begin).running).toMatchObject({ runId: 'r1', input: {} });
    state.running = { ...running, runId: null };
    expect(carry(state, begin).running).toMatchObject({ runId: null, input: recipe.collect });
  });

  it.each(kept)('of each version that was, %s among them, comes out in the shape of today', (file) => {
    const { spec, ...carried } = JSON.parse(readFileSync(join(fixtures, file), 'utf8'));
    const today = fieldsOf(overTheWire(lively()));
    expect(fieldsOf(overTheWire(takeUp(LifecycleInput.parse(spec), carried)))).toEqual(today); // as each run reads its input
  });

  it('has an example of its version', () => {
    expect(kept).toContain(`lifecycle-state-v${carry(stateOf(), begin).stateVersion}.json`);
  });

  it.each([null, undefined, 0, 'x'])('without a version (%s) is no state', (stateVersion) => {
    const state = stateOf();
    expect(() => takeUp(state.spec, { ...carry(state, begin), stateVersion })).toThrow(/says no version/);
  });

  it('of newer code is left to newer code', () => {
    const state = stateOf();
    expect(() => takeUp(state.spec, { ...carry(state, begin), stateVersion: 99 })).toThrow(/go back to the newer code/);
  });

  it('has an endpoint for each environment of the specification', () => {
    const state = stateOf();
    const next = takeUp(
      stateOf({ environments: [{ name: 'staging' }, { name: 'production' }] }).spec,
      carry(state, begin),
    );
    expect(next.endpoints.map((e) => e.environment)).toEqual(['production', 'staging']);
  });

  it('drops what may be dropped rather than not to fit, outcomes last, and counts it', () => {
    const state = stateOf();
    promote(state, 1);
    const batch = {
      model: 'm',
      at: '2001-01-01T00:00:00.000Z',
      by: 'billing',
      outcomes: [{ requestId: '漢'.repeat(200), outcome: 1 as const }],
    };
    state.outcomes = Array.from({ length: 500 }, () => ({ ...batch }));
    const carried = carry(state, begin);
    expect(sizeOf(state)).toBeLessThan(limitBytes);
    expect(state.dropped.outcomes).toBeGreaterThan(50);
    expect(state.dropped.records).toBeGreaterThan(0);
    expect(carried.outcomes.length + state.dropped.outcomes).toBe(500);
    expect(carried.history.at(-1)?.what).toContain('too large to be handed on');
  });
});

interface RolledOut {
  readonly name: string;
  readonly n: number;
  readonly by: string;
  readonly isOver: boolean;
}

function rollOut(state: LifecycleState, { name, n, by: who, isOver }: RolledOut): void {
  askForGate(state, { name, n, evidence: [] });
  send(state, 'approve', { by: who, environment: name });
  recordAll(state);
  if (!isOver) return;
  askForPromotion(state, { name, n });
  pushAll(state);
  recordAll(state);
  state.told = [];
}

const recipeOf = (sql: string) => ({ ...recipe, collect: { ...recipe.collect, sql, orderBy: ['departure'] } });
const overTheWire = (value: unknown) => JSON.parse(JSON.stringify(value));

/** As many characters as a text may have, of an alphabet that takes more bytes than it has characters, or escapes. */
const alphabets = ['x', '漢', 'ü', '😀', '"', '\\', '\n', '\u0001', '\u2028'];
const text = (length: number) =>
  fc
    .tuple(fc.constantFrom(...alphabets), fc.nat(99_999))
    .map(([letter, n]) => `${n}${letter.repeat(Math.floor((length - 6) / letter.length))}`);

const environment = fc.constantFrom('production', 'staging', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6');
const version = fc.integer({ min: 1, max: 5 });
const by = text(200);
const reason = text(500);
const requestId = text(200);
type Message = (state: LifecycleState) => void;
const message =
  (name: string, body: object): Message =>
  (state) =>
    void send(state, name, body);

interface Asker {
  readonly name: string;
  readonly n: number;
}

const asker = ({ name, n }: Asker) => ({
  workflowId: `deploy/flight-delay/${name}`,
  runId: `00000000-0000-4000-8000-00000000000${n}`,
  environment: name,
});

function askForGate(state: LifecycleState, { evidence, ...of }: Asker & { evidence: string[] }): void {
  const digests = { version: served(of.n), evidenceDigest: served(of.n).modelDigest };
  const ask = { kind: 'gate' as const, ...asker(of), ...digests, steps: 2, evidence };
  takeLook(state, { workflowId: ask.workflowId, found: { kind: 'asks', ask } }, begin);
}

function askForPromotion(state: LifecycleState, of: Asker): void {
  const ask = { kind: 'step' as const, ...asker(of), nonce, step: 1, wants: { kind: 'promote' as const } };
  takeLook(state, { workflowId: ask.workflowId, found: { kind: 'asks', ask } }, begin);
}

function giveUp(state: LifecycleState, { reason: why, ...of }: Asker & { reason: string }): void {
  const ask = { kind: 'giveUp' as const, ...asker(of), reason: why, unlessApproved: true };
  takeLook(state, { workflowId: ask.workflowId, found: { kind: 'asks', ask } }, begin);
}

const messages = fc.oneof(
  fc
    .record({ by, reason, requestId, environment, toVersion: fc.option(version, { nil: undefined }) })
    .map((b) => message('rollback', b)),
  fc.record({ by, comment: text(2000), environment, requestId }).map((b) => message('approve', b)),
  fc.record({ by, comment: text(2000), environment, requestId }).map((b) => message('reject', b)),
  fc.record({ by, reason, requestId }).map((b) => message('retrain', b)),
  fc.record({ by, reason, requestId }).map((b) => message('pause', b)),
  fc.record({ by, requestId }).map((b) => message('resume', b)),
  fc
    .record({ by, requestId, ids: fc.array(text(200), { minLength: 60, maxLength: 100 }) })
    .map(({ ids, ...b }) =>
      message('recordOutcomes', { ...b, outcomes: ids.map((id) => ({ requestId: id, outcome: true })) }),
    ),
  fc.record({ name: environment, n: version, evidence: fc.array(text(300), { maxLength: 8 }) }).map(
    (ask): Message =>
      (state) =>
        askForGate(state, ask),
  ),
  fc.record({ name: environment, n: version }).map(
    (ask): Message =>
      (state) =>
        askForPromotion(state, ask),
  ),
  fc.record({ name: environment, n: version, reason }).map(
    (ask): Message =>
      (state) =>
        giveUp(state, ask),
  ),
  text(900).map((workflowId) => message('rolloutAsks', { workflowId })),
  fc.record({ by, requestId, sql: text(9000) }).map(({ sql, ...b }) =>
    message('configure', {
      ...b,
      specification: { retrain: { recipe: recipeOf(sql) } },
    }),
  ),
  fc.constant<Message>((state) => pushAll(state)),
);

describe('whatever is sent while the ledger is away, in any alphabet', () => {
  it('fits into a payload together with the specification, and a rollback takes effect', () => {
    fc.assert(
      fc.property(fc.array(messages, { minLength: 40, maxLength: 120 }), (sequence) => {
        const sql = '漢'.repeat(9000);
        const state = stateOf({ recipe: recipeOf(sql) });
        promote(state, 1);
        promote(state, 2);
        for (const one of sequence) one(state);
        const { current, previous } = production(state).routes;
        const back = send(state, 'rollback', {
          by: 'ana',
          reason: 'late',
          environment: 'production',
          toVersion: previous?.version ?? 1,
        });
        expect(back.code).not.toBe('TOO_MUCH_WAITS');
        expect(production(state).routes.current).toEqual(back.changed ? previous : current);
        expect(loadOf(state)).toBeLessThan(limitBytes);
        expect(sizeOf(state)).toBeLessThanOrEqual(limits.handedOnBytes);
        expect(overTheWire(takeUp(state.spec, overTheWire(carry(state, begin))))).toEqual(overTheWire(state));
      }),
      { numRuns: 60 },
    );
  });

  it.each(['漢', '\u0001'])(
    'fits when ten approved rollouts are rolled back again and again in "%s", and drops nothing',
    (letter) => {
      const state = stateOf({ recipe: recipeOf('漢'.repeat(9500)) });
      const names = ['production', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7', 'e8', 'e9'];
      const who = (n: number) => `${n}${letter.repeat(190)}`;
      for (const n of [1, 2, 3]) for (const name of names) rollOut(state, { name, n, by: who(n), isOver: n < 3 });
      for (let n = 0; n < 60; n++) send(state, 'retrain', { by: who(n), reason: letter.repeat(490) });
      for (let n = 0; n < 20; n++)
        send(state, 'recordOutcomes', { outcomes: [{ requestId: `${n}${letter.repeat(190)}`, outcome: 1 }] });
      for (let n = 0; n < 20; n++) {
        for (const name of names)
          send(state, 'rollback', {
            by: who(n),
            reason: letter.repeat(490),
            environment: name,
            toVersion: 1 + (n % 2),
          });
        pushAll(state);
      }
      expect(sizeOf(state)).toBeLessThan(limits.handedOnBytes);
      expect(state.dropped).toEqual({ records: 0, outcomes: 0 });
    },
  );

  it('loses no answer that was accepted, and refuses what there is no room for with a code', () => {
    const state = stateOf({ environments: [{ name: 'production', policy: { quorum: 10 } }] });
    const ids = Array.from({ length: 5 }, (_, n) => `${n}${'漢'.repeat(190)}`);
    let outcomes = 0;
    while (
      send(state, 'recordOutcomes', {
        outcomes: ids.map((id) => ({ requestId: `${outcomes}${id}`.slice(0, 200), outcome: 1 })),
      }).accepted
    )
      outcomes += 1;
    const replies = Array.from({ length: 60 }, (_, n) =>
      send(state, 'retrain', { by: `b${n}`, reason: '漢'.repeat(500) }),
    );
    expect(state.outcomes).toHaveLength(outcomes);
    expect(replies.every((r) => r.accepted || r.code === 'TOO_MUCH_WAITS')).toBe(true);
  });

  it('refuses everything but what cannot wait above half of a payload', () => {
    const state = stateOf({ recipe: recipeOf('漢'.repeat(9500)) });
    promote(state, 1);
    promote(state, 2);
    state.outcomes = Array.from({ length: 40 }, (_, n) => ({
      model: 'm',
      at: '2001-01-01T00:00:00.000Z',
      by: 'b',
      outcomes: [{ requestId: `${n}`.padEnd(3000, 'x'), outcome: 1 }],
    }));
    expect(loadOf(state)).toBeGreaterThan(limits.loadBytes);
    for (const [name, body] of [
      ['retrain', { by: 'ana', reason: 'r' }],
      ['recordOutcomes', { outcomes: [{ requestId: 'a', outcome: 1 }] }],
      ['configure', { by: 'ana', specification: { compareEvery: '1 minute' } }],
      ['approve', { by: 'ana' }],
    ] as const)
      expect(send(state, name, body)).toMatchObject({ accepted: false, code: 'TOO_MUCH_WAITS' });
    expect(send(state, 'rollback', { by: 'ana', reason: 'late' })).toMatchObject({ accepted: true, changed: true });
    expect(send(state, 'pause', { by: 'ana' })).toMatchObject({ accepted: true });
  });
});

describe('ids that are remembered', () => {
  it('of rollbacks outlive any number of harmless messages, outcomes and refused or unchanged ones', () => {
    const state = stateOf({ recipe });
    promote(state, 1);
    promote(state, 2);
    send(state, 'rollback', { by: 'ana', reason: 'late', requestId: 'mine' });
    for (let n = 0; n < 2000; n++) {
      send(state, 'pause', { by: `b${n}` });
      send(state, 'resume', { by: `b${n}` });
      send(state, 'retrain', { by: `b${n}`, reason: 'r' });
      send(state, 'rollback', { by: `b${n}`, reason: 'r' });
      state.factsToRecord = [];
    }
    pushAll(state);
    promote(state, 3);
    expect(send(state, 'rollback', { by: 'ana', reason: 'late', requestId: 'mine' })).toMatchObject({ changed: false });
    expect(production(state).routes.current?.version).toBe(3);
  });

  it('of a rollback that changed nothing are remembered too: it takes no effect later', () => {
    const state = stateOf();
    promote(state, 1);
    promote(state, 2);
    send(state, 'rollback', { by: 'ana', reason: 'late' });
    expect(send(state, 'rollback', { by: 'ben', reason: 'late', requestId: 'his' })).toMatchObject({ changed: false });
    for (let n = 0; n < 300; n++) send(state, 'pause', { by: `b${n}` });
    send(state, 'resume', { by: 'b' });
    pushAll(state);
    promote(state, 3);
    expect(send(state, 'rollback', { by: 'ben', reason: 'late', requestId: 'his' })).toMatchObject({ changed: false });
    expect(production(state).routes.current?.version).toBe(3);
  });
});
