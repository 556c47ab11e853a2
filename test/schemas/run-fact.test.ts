import { describe, expect, it } from 'vitest';
import { Fact } from '../../schemas/index.js';
import { measuredRunFact } from '../integration/ledger-facts.js';

type Measured = Parameters<typeof measuredRunFact>[1];
type Point = NonNullable<Measured['curve']>[number];

const pointOf = (given: Partial<Point>): Point => ({ split: 'train', name: 'loss', step: 0, value: 0.5, ...given });

describe('the fact of a run', () => {
  it.each<[string, Measured]>([
    ['metrics of any name', { test: { 'f1.macro': 0.75, précision: 1, rows: 10 } }],
    ['a metric that could not be measured', { validation: { rocAuc: null } }],
    ['a run that measured nothing', { validation: null, test: null }],
    ['a curve of steps', { curve: [pointOf({}), pointOf({ step: 1 }), pointOf({ step: 2, value: null })] }],
    ['one step of two splits', { curve: [pointOf({}), pointOf({ split: 'validation' })] }],
    [
      'a curve after the value of the finished model',
      { test: { loss: 1 }, curve: [pointOf({ split: 'test', step: 1 })] },
    ],
  ])('takes %s', (_, measured) => {
    expect(Fact.parse(measuredRunFact('r1', measured))).toMatchObject({ body: measured });
  });

  it.each<[string, Measured, RegExp]>([
    ['a metric that is no number', { test: { loss: Number.NaN } }, /NaN|number/i],
    ['an infinite metric', { test: { loss: Number.POSITIVE_INFINITY } }, /number/i],
    ['a metric without a name', { test: { '': 1 } }, /./],
    ['a step before the first', { curve: [pointOf({ step: -1 })] }, />=0/],
    ['half a step', { curve: [pointOf({ step: 0.5 })] }, /int/],
    [
      'two values at one step',
      { curve: [pointOf({}), pointOf({ value: 1 })] },
      /"loss" of train has two values at step 0/,
    ],
    [
      'a curve over the value of the finished model',
      { test: { loss: 1 }, curve: [pointOf({ split: 'test' })] },
      /"loss" of test has two values at step 0/,
    ],
  ])('refuses %s', (_, measured, why) => {
    expect(Fact.safeParse(measuredRunFact('r1', measured)).error?.issues[0]?.message).toMatch(why);
  });

  it('has no curve where none was given', () => {
    expect(Fact.parse(measuredRunFact('r1', {}))).toMatchObject({ body: { curve: [] } });
  });
});
