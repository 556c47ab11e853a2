import { describe, expect, it } from 'vitest';
import { ask, production, promote, recipe, send, stateOf } from './fixtures.js';

const by = 'ana';
const configure = (state: ReturnType<typeof stateOf>, specification: object, more: object = {}) =>
  send(state, 'configure', { by, specification, ...more });

describe('a specification', () => {
  it('is changed field by field, says what changed, and becomes a fact with the whole of it', () => {
    const state = stateOf({ recipe, monitor: { every: '1 day' } });
    const reply = configure(state, { monitor: { every: '6 hours' }, compareEvery: '1 minute' });
    expect(reply).toMatchObject({ accepted: true, changed: true, changes: ['compareEvery', 'monitor'] });
    expect(state.spec).toMatchObject({
      recipe: { label: recipe.label },
      monitor: { every: '6 hours' },
      compareEvery: '1 minute',
    });
    expect(state.factsToRecord).toMatchObject([
      {
        kind: 'lifecycleChange',
        body: {
          change: 'configured',
          by,
          fields: ['compareEvery', 'monitor'],
          specification: { model: 'flight-delay', monitor: { every: '6 hours' }, recipe: { collect: recipe.collect } },
        },
      },
    ]);
  });

  it('that says so already changes nothing and is no fact', () => {
    const state = stateOf({ compareEvery: '1 minute' });
    const before = state.spec;
    expect(configure(state, { compareEvery: '1 minute' })).toMatchObject({ changed: false, changes: [] });
    expect(state.spec).toBe(before);
    expect(state.factsToRecord).toEqual([]);
  });

  it('loses a field that is null, and keeps every other', () => {
    const state = stateOf({ recipe, monitor: {}, retrain: { cooldown: '3 days' } });
    expect(configure(state, { monitor: null, retrain: null }).changes).toEqual(['monitor', 'retrain']);
    expect(state.spec.monitor).toBeUndefined();
    expect(state.spec.retrain.cooldown).toBe('1 day');
    expect(state.spec.recipe).toBeDefined();
  });

  it('is taken whole too, as it is in force or as it was started with', () => {
    const state = stateOf({ recipe, monitor: {} });
    expect(configure(state, state.spec)).toMatchObject({ accepted: true, changed: false });
    const reply = configure(state, {
      model: 'flight-delay',
      recipe,
      monitor: { every: '2 days' },
      environment: 'production',
    });
    expect(reply).toMatchObject({ changes: ['monitor'] });
  });

  it('takes the short form of one environment, and the list of several', () => {
    const state = stateOf();
    expect(configure(state, { deploy: { canary: { share: 0.5 } } }).changes).toEqual(['environments']);
    expect(state.spec.environments).toMatchObject([{ name: 'production', canary: { share: 0.5 } }]);
    configure(state, { environments: [{ name: 'staging' }, { name: 'production', policy: { quorum: 2 } }] });
    expect(state.spec).toMatchObject({ environment: 'production', environments: [{ name: 'staging' }, {}] });
    expect(state.endpoints.map((e) => e.environment)).toEqual(['production', 'staging']);
    expect(configure(state, { deploy: {} })).toMatchObject({ accepted: false, code: 'InvalidInput' });
  });

  it.each<[string, object, string]>([
    ['names another model', { model: 'other' }, 'InvalidInput'],
    ['names nothing', {}, 'InvalidInput'],
    ['has a field that nobody knows', { monitoring: {} }, 'InvalidInput'],
    ['compares more often than is of use', { compareEvery: '1ms' }, 'InvalidInput'],
    ['is larger than may be carried', { retrain: { recipe: largeRecipe('漢', 19_000) } }, 'PAYLOAD_TOO_LARGE'],
    [
      'is larger with what it already has',
      { retrain: { recipe: largeRecipe('x', 19_000) }, recipe: largeRecipe('y', 16_000) },
      'PAYLOAD_TOO_LARGE',
    ],
    [
      'names too many environments',
      { environments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => ({ name: `e${n}` })) },
      'InvalidInput',
    ],
  ])('that %s is refused and changes nothing', (_, part, code) => {
    const state = stateOf();
    const before = state.spec;
    expect(configure(state, part)).toMatchObject({ accepted: false, code });
    expect(state.spec).toBe(before);
  });

  it('does not change who must approve, where answers must be signed', () => {
    const state = stateOf({ environments: [{ name: 'production', policy: { quorum: 2 } }] });
    state.signaturesRequired = true;
    for (const environments of [[{ name: 'production' }], [{ name: 'elsewhere' }]])
      expect(configure(state, { environments })).toMatchObject({ accepted: false, code: 'SIGNATURE_REQUIRED' });
    const same = [{ name: 'production', policy: { quorum: 2 }, canary: { share: 0.2 } }];
    expect(configure(state, { environments: same }).changes).toEqual(['environments']);
  });

  it('can demand signatures, and never takes that back', () => {
    const state = stateOf();
    expect(configure(state, { signaturesRequired: true }).changes).toEqual(['signaturesRequired']);
    expect(state.signaturesRequired).toBe(true);
    for (const signaturesRequired of [false, null])
      expect(configure(state, { signaturesRequired })).toMatchObject({ accepted: false, code: 'InvalidInput' });
    configure(state, { compareEvery: '1 minute' });
    expect(state.spec.signaturesRequired).toBe(true);
  });

  it('changes nothing before it is known whether answers must be signed', () => {
    const state = stateOf();
    state.signaturesRequired = null;
    expect(configure(state, { compareEvery: '1 minute' })).toMatchObject({
      accepted: false,
      code: 'LEDGER_UNAVAILABLE',
    });
    expect(state.factsToRecord).toEqual([]);
  });

  it('leaves an open gate as it was opened, and what serves where it is', () => {
    const state = stateOf();
    promote(state, 1);
    ask(state, 2);
    const { routes } = production(state);
    configure(state, { environments: [{ name: 'production', policy: { quorum: 3 } }] });
    expect(state.gates).toMatchObject([{ policy: { quorum: 1 } }]);
    expect(production(state).routes).toBe(routes);
  });
});

function largeRecipe(letter: string, length: number) {
  return { ...recipe, collect: { ...recipe.collect, sql: letter.repeat(length), orderBy: ['departure'] } };
}
