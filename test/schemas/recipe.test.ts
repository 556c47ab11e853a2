import { describe, expect, it } from 'vitest';
import { LifecycleInput, laterRecipe } from '../../schemas/index.js';

const recipe = {
  collect: {
    dataset: 'flights',
    sources: [{ name: 'flights', path: 'data/flights.parquet' }],
    window: { column: 'departure', from: '2001-01-01', to: '2001-03-01' },
    partRows: 1000,
  },
  label: { rule: 'delay > 15', knownAt: 'departure' },
  train: { seed: 7, split: { validationShare: 0.2, testShare: 0.1 }, search: { trials: 3, trainers: ['gbt'] } },
};
const later = (part: object) => laterRecipe(LifecycleInput.parse({ model: 'm', recipe, retrain: { recipe: part } }));
const refused = (input: object) =>
  LifecycleInput.safeParse({ model: 'm', ...input }).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('the recipe of a retraining', () => {
  it('says only what differs from the first one', () => {
    const changed = later({ collect: { window: { from: '-90 days', to: null } }, train: { search: { trials: 9 } } });
    expect(changed).toMatchObject({
      collect: { dataset: 'flights', partRows: 1000 },
      label: recipe.label,
      train: { seed: 7, search: { trials: 9, trainers: ['gbt'] } },
    });
    expect(changed?.collect.window).toEqual({ column: 'departure', from: '-90 days' });
  });

  it('has the split of one of them, not half of each', () => {
    const split = { validationFrom: '-20 days', testFrom: '-10 days' };
    expect(later({ train: { split } })?.train.split).toEqual(split);
  });

  it('may be whole, and is the first one where it is not said', () => {
    expect(later(recipe)).toEqual(LifecycleInput.parse({ model: 'm', recipe }).recipe);
    expect(later({})).toEqual(LifecycleInput.parse({ model: 'm', recipe }).recipe);
    expect(laterRecipe(LifecycleInput.parse({ model: 'm', recipe }))).toMatchObject({ label: recipe.label });
    expect(laterRecipe(LifecycleInput.parse({ model: 'm' }))).toBeUndefined();
  });

  it('is refused where the two give no recipe together, and names the field', () => {
    expect(refused({ recipe, retrain: { recipe: { train: { seed: -1 } } } })).toEqual(['retrain.recipe.train.seed']);
    expect(refused({ recipe, retrain: { recipe: { trian: {} } } })).toEqual(['retrain.recipe']);
    expect(refused({ retrain: { recipe: { train: { seed: 1 } } } })).toContain('retrain.recipe.collect');
  });

  it('follows a first recipe that changes later', () => {
    const input = LifecycleInput.parse({ model: 'm', recipe, retrain: { recipe: { train: { seed: 9 } } } });
    const changed = LifecycleInput.parse({ ...input, recipe: { ...recipe, label: { ...recipe.label, rule: 'late' } } });
    expect(laterRecipe(changed)).toMatchObject({ label: { rule: 'late' }, train: { seed: 9 } });
  });
});
