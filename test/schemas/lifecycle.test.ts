import { describe, expect, it } from 'vitest';
import { LifecycleInput, SpecificationPart } from '../../schemas/index.js';

const model = 'm';
const refused = (schema: typeof LifecycleInput | typeof SpecificationPart, input: object) =>
  schema.safeParse(input).error?.issues.map((issue) => issue.message) ?? [];

describe('compareEvery', () => {
  it.each(['1ms', '999 ms', '0 s', '0.5 seconds'])('of %s is refused: it would be a hot loop', (compareEvery) => {
    expect(refused(LifecycleInput, { model, compareEvery })).toEqual(['must be at least "1 second"']);
    expect(refused(SpecificationPart, { compareEvery })).toEqual(['must be at least "1 second"']);
  });

  it.each(['1 second', '1000 ms', '5 minutes'])('of %s is taken', (compareEvery) => {
    expect(LifecycleInput.parse({ model, compareEvery }).compareEvery).toBe(compareEvery);
  });

  it('that is no duration is told so, once', () => {
    expect(refused(LifecycleInput, { model, compareEvery: 'often' })).toEqual([
      'must be a duration like "30 seconds" or "1 day"',
    ]);
  });
});

describe('a specification', () => {
  it('as it is in force is an input that gives the same again', () => {
    const inForce = LifecycleInput.parse({
      model,
      environments: [{ name: 'staging' }, { name: 'production' }],
      monitor: {},
    });
    expect(LifecycleInput.parse(inForce)).toEqual(inForce);
  });

  it('in part names at least one field', () => {
    expect(refused(SpecificationPart, {})).toEqual(['Must name at least one field']);
  });
});
