import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { InspectedColumn } from '../../../activities/sql/sql-job.js';
import { LifecycleInput } from '../../../schemas/index.js';
import { readRecipe } from '../../../scripts/cli/recipe.js';
import { decide } from '../../../scripts/init/decisions.js';
import { recipeText } from '../../../scripts/init/recipe-text.js';

const column = (name: string, type: InspectedColumn['type'], more: Partial<InspectedColumn> = {}): InspectedColumn => ({
  name,
  type,
  missing: 0,
  distinct: 10,
  numbers: 0,
  others: [],
  isRunning: false,
  ...more,
});
const label = { labelType: 'binary', distinct: 2, unlabelled: 0, mean: 0.25, reads: ['Late'] } as const;
const seen = (columns: InspectedColumn[], more: object = {}) => ({
  rows: 1000,
  columns,
  notes: [],
  label: { ...label, reads: [...label.reads] },
  ...more,
});
const decided = (columns: InspectedColumn[], more: object = {}, time: string | null = null) =>
  decide(seen(columns, more), { rule: 'late', time });

describe('what init decides', () => {
  it.each<[string, InspectedColumn, string | null]>([
    ['a number', column('mass', 'number'), null],
    ['a category', column('island', 'string', { distinct: 3 }), null],
    ['one value only', column('unit', 'string', { distinct: 1 }), 'it is the same in every row'],
    ['no value', column('note', 'string', { missing: 1000, distinct: 0 }), 'it has no value'],
    ['1, 2, 3, …', column('n', 'integer', { distinct: 1000, isRunning: true }), 'it numbers the rows'],
    [
      'a whole number for each row, called an id',
      column('user_id', 'integer', { distinct: 1000 }),
      'it names each row',
    ],
    ['a whole number for each row, called otherwise', column('distance', 'integer', { distinct: 1000 }), null],
    ['a text for each row', column('name', 'string', { distinct: 990 }), 'nearly every row has another text'],
  ])('of a column with %s', (_, one, why) => {
    const { features, excluded } = decided([one, column('other', 'number')]);
    expect(excluded.map((found) => found.why)).toEqual(why === null ? [] : [why]);
    expect(features.map(({ name }) => name)).toEqual([...(why === null ? [one.name] : []), 'other']);
  });

  it('of a column that the rule reads, in whatever letters, is that it is no feature', () => {
    const { features, outcomes, told } = decided([column('late', 'boolean'), column('other', 'number')]);
    expect({ features: features.map(({ name }) => name), outcomes }).toEqual({
      features: ['other'],
      outcomes: ['late'],
    });
    expect(told).toContain('  not late: the label is made of it');
  });

  it('of time is the first column of times that every row has, or the one that is said', () => {
    const times = [
      column('seen', 'timestamp', { missing: 3 }),
      column('made', 'timestamp'),
      column('sent', 'timestamp'),
    ];
    expect(decided(times).timeColumn).toBe('made');
    expect(decided(times).told).toContain('time: made; also times: seen, sent (--time says another)');
    expect(decided(times, {}, 'sent').timeColumn).toBe('sent');
    expect(decided([column('a', 'number')]).timeColumn).toBeNull();
  });

  it('warns of text that is numbers, of few rows and of labels that say nothing', () => {
    const mass = column('body_mass_g', 'string', { missing: 656, numbers: 342, others: ['NA'] });
    expect(decided([mass]).warnings).toEqual([
      'body_mass_g is text, but 342 of its 344 values are numbers; the others are like "NA"',
    ]);
    const one = { label: { ...label, distinct: 1, mean: 1, reads: [] } };
    expect(decided([column('a', 'number')], one).warnings).toEqual([
      'every label is the same: there is nothing to learn',
    ]);
    const rare = { rows: 50, label: { ...label, mean: 0.1, unlabelled: 10, reads: [] } };
    expect(decided([column('a', 'number')], rare).warnings).toEqual([
      'only 4 rows have the rarer label',
      '10 rows have no label and are left out',
      '50 rows are few: what is measured on them may be chance',
    ]);
  });
});

describe('the recipe that init writes', () => {
  it('is a lifecycle that means what was decided, whatever columns are called', () => {
    const columns = [
      column('a: "b" #', 'number'),
      column('yes', 'string'),
      column("o'clock", 'timestamp'),
      column('id', 'integer', { isRunning: true }),
    ];
    const decisions = decided(columns);
    const parts = {
      model: 'late',
      source: 'own',
      path: 'data/own file.csv',
      rule: "late = 'yes' -- # \"",
      knownAt: '"o\'clock"',
      schema: '../modelLifecycle.json',
      rows: 1000,
    };
    const recipe = readRecipe(parse(recipeText(parts, decisions)));
    expect(recipe).toMatchObject({ workflowType: 'modelLifecycle', workflowId: 'lifecycle/late' });
    expect(LifecycleInput.parse(recipe.input).recipe).toMatchObject({
      collect: { dataset: 'late', sources: [{ name: 'own', path: 'data/own file.csv' }] },
      label: { rule: parts.rule, knownAt: parts.knownAt, timeColumn: "o'clock" },
      train: { features: ['a: "b" #', 'yes', "o'clock"], split: { validationShare: 0.2, testShare: 0.2 }, seed: 1 },
    });
  });
});
