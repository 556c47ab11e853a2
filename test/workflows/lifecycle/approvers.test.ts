import { describe, expect, it } from 'vitest';
import { asksTheSame, keepApprovers } from '../../../workflows/lifecycle/approvers.js';
import { ask, begin, recipe, stateOf } from './fixtures.js';

const where = (...environments: object[]) => stateOf({ environments }).spec.environments;
const two = where({ name: 'staging' }, { name: 'production', policy: { quorum: 2 } });

describe('who must approve', () => {
  it.each<[string, ReturnType<typeof where>, boolean]>([
    ['the same', two, true],
    [
      'the same people by other steps',
      where({ name: 'staging', canary: { share: 0.2 } }, { name: 'production', policy: { quorum: 2 } }),
      true,
    ],
    ['one more environment', where(...two, { name: 'abroad' }), true],
    ['a smaller quorum', where({ name: 'staging' }, { name: 'production', policy: { quorum: 1 } }), false],
    ['no policy', where({ name: 'staging' }, { name: 'production' }), false],
    ['a policy where anybody was enough', where({ name: 'staging', policy: { quorum: 3 } }, two[1] ?? {}), false],
    ['an environment less', where({ name: 'production', policy: { quorum: 2 } }), false],
    ['environments of other names', where({ name: 'elsewhere' }), false],
  ])('is compared by environment: %s', (_, after, isSame) => {
    expect(asksTheSame(two, after)).toBe(isSame);
  });

  it('stays as it was recorded where answers must be signed, at gates that are open already, too', () => {
    const state = stateOf({ environments: [{ name: 'production' }] });
    state.signaturesRequired = true;
    ask(state, 2);
    expect(keepApprovers(state, two, begin)).toBeNull();
    expect(state.spec).toMatchObject({ environments: two, environment: 'production' });
    expect(state.gates).toMatchObject([{ environment: 'production', policy: { quorum: 2 } }]);
    expect(state.endpoints.map((e) => e.environment).toSorted()).toEqual(['production', 'staging']);
    expect(state.history.at(-1)?.what).toContain('stay as they were recorded');
  });

  it('keeps no lifecycle that would be too large with it', () => {
    const state = stateOf({
      environments: [{ name: 'production' }],
      recipe: { ...recipe, collect: { ...recipe.collect, sql: `select '${'x'.repeat(19_000)}'`, orderBy: ['a'] } },
    });
    state.signaturesRequired = true;
    const approvers = Array.from({ length: 100 }, (_, i) => `${i}${'a'.repeat(150)}@example.com`);
    const many = where({ name: 'production', policy: { quorum: 2, approvers } });
    expect(keepApprovers(state, many, begin)).toMatch(/bytes; at most/);
    expect(state.spec.environments[0].policy).toBeUndefined();
  });

  it.each<[string, boolean, typeof two | null]>([
    ['signatures are not required', false, two],
    ['nothing was recorded', true, null],
  ])('is what the start says where %s', (_, signaturesRequired, recorded) => {
    const state = stateOf();
    state.signaturesRequired = signaturesRequired;
    const { spec } = state;
    keepApprovers(state, recorded, begin);
    expect(state.spec).toBe(spec);
  });
});
