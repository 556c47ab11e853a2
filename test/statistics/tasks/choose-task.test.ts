import { describe, expect, it } from 'vitest';
import type { Task } from '../../../schemas/index.js';
import { chooseTask, type SeenLabels } from '../../../statistics/tasks/choose-task.js';

const seen = (values: number[], rows = 100, distinct = values.length): SeenLabels => ({
  rows,
  distinct,
  values,
  areWhole: values.every(Number.isInteger),
});

describe('chooseTask', () => {
  it.each([
    [[0, 1], null, 'binary', 'every label is 0 or 1 (no or yes)'],
    [[0], null, 'binary', 'every label is 0 or 1 (no or yes)'],
    [[0, 1], 'regression', 'regression', '"task" says regression'],
    [[0, 1], 'binary', 'binary', '"task" says binary'],
    [[1, 2], 'regression', 'regression', '"task" says regression'],
    [[0.5, 1.5, 2.5], null, 'regression', 'the labels are numbers, 3 different ones'],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], null, 'regression', 'the labels are numbers, 11 different ones'],
    [[7], null, 'regression', 'the labels are numbers, 1 different ones'],
  ] as [number[], Task | null, Task, string][])('learns %j, asked for %s, as %s', (values, asked, task, taskReason) => {
    expect(chooseTask(seen(values), asked)).toEqual({ task, taskReason });
  });

  it('takes a few whole numbers that hardly repeat as a quantity: a price list is no list of classes', () => {
    expect(chooseTask(seen([12, 15, 20], 4), null).task).toBe('regression');
  });

  it.each([
    [[1, 2], 'The labels are 1 and 2: two values that are not 0 and 1', '"(your rule) = 2"'],
    [[-1, 1], 'The labels are -1 and 1: two values', '"(your rule) = 1"'],
    [[0.1, 0.9], 'The labels are 0.1 and 0.9: two values', '"task": "regression"'],
    [[0, 1, 2], 'The labels are 0, 1 and 2: a few whole numbers', 'Several classes'],
    [[200, 404, 500], 'The labels are 200, 404 and 500: a few whole numbers', '"task": "regression"'],
  ])('refuses %j until it is said what they are, and shows how', (values, what, how) => {
    const refused = () => chooseTask(seen(values), null);
    expect(refused).toThrow(what);
    expect(refused).toThrow(how);
  });

  it('refuses a yes or no of other labels than 0 and 1', () => {
    expect(() => chooseTask(seen([1, 2]), 'binary')).toThrow(/needs labels of 0 and 1.*these are 1 and 2\. .*= 2/);
    expect(() => chooseTask(seen([1, 2, 3], 90, 40), 'binary')).toThrow('these are 1, 2, 3, …');
  });
});
