import { describe, expect, it } from 'vitest';
import { errorCode, Metrics, type Objective, Task, taskMetrics } from '../../../schemas/index.js';
import { objectiveOf, taskOfColumn, tasks } from '../../../statistics/tasks/tasks.js';

/** What is otherwise for each task, with an example of each that was computed by hand. */
const table = [
  {
    name: 'binary',
    column: 'integer',
    output: 'probability',
    right: [0, 1, true, false],
    wrong: [0.5, 2, -1, Number.NaN],
    answers: [0, 0.5, 1, 1 + 1e-7],
    noAnswers: [-0.1, 1.1, Number.NaN],
    example: 1,
    objectives: { logLoss: 'logLoss', rocAuc: 'rocAuc', prAuc: 'rocAuc', brier: 'brier' },
    /** three of four labels are 1: ln 3 */
    start: Math.log(3),
    /** a log-odds of ln 3 is 0.75 */
    answerOfStart: 0.75,
    /** −ln 0.75, and its curvature 0.75 · 0.25 */
    lossOfOne: -Math.log(0.75),
    curvature: 0.1875,
    metric: ['brier', 0.0375],
    detail: 'classes',
  },
  {
    name: 'regression',
    column: 'number',
    output: 'prediction',
    right: [0, -3.5, 1e12],
    wrong: [true, Number.NaN, Number.POSITIVE_INFINITY],
    answers: [0, -1, 1e30],
    noAnswers: [Number.NaN, Number.NEGATIVE_INFINITY],
    example: 0.1235,
    objectives: { rmse: 'rmse', mae: 'rmse' },
    start: 0.75,
    answerOfStart: 0.75,
    /** ½ · 0.25² */
    lossOfOne: 0.03125,
    curvature: null,
    metric: ['mae', 0.175],
    detail: 'errors',
  },
] as const;

describe('tasks', () => {
  it('are those of the contract, and all in the table', () => {
    expect(Object.keys(tasks).sort()).toEqual([...Task.options].sort());
    expect(table.map(({ name }) => name)).toEqual(Task.options);
    expect(Object.keys(taskMetrics).sort()).toEqual([...Task.options].sort());
  });

  it.each(table)('$name says which labels and answers it can have', (row) => {
    const { name, label, answer } = tasks[row.name];
    expect(name).toBe(row.name);
    expect(taskOfColumn({ name: 'label', type: row.column })).toBe(name);
    expect(answer.output).toBe(row.output);
    expect(row.right.filter((value) => !label.fits(value))).toEqual([]);
    expect(row.wrong.filter(label.fits)).toEqual([]);
    expect(row.answers.filter((value) => !answer.fits(value))).toEqual([]);
    expect(row.noAnswers.filter(answer.fits)).toEqual([]);
    expect(label.example(0.123456)).toBe(row.example);
  });

  it.each(table)('$name turns a score into an answer, at a loss', ({ name, ...expected }) => {
    const { link } = tasks[name];
    expect(link.start([1, 1, 0, 1])).toBe(Math.fround(expected.start));
    expect(link.answer(expected.start)).toBeCloseTo(expected.answerOfStart, 12);
    expect(link.loss(expected.start, 1)).toBeCloseTo(expected.lossOfOne, 12);
    expect(link.curvature?.(expected.answerOfStart) ?? null).toBe(expected.curvature);
  });

  it.each(table)('$name has a loss whose slope is answer − label', ({ name }) => {
    const { link } = tasks[name];
    const step = 1e-6;
    for (const score of [-2, 0, 0.7])
      for (const label of [0, 1]) {
        const slope = (link.loss(score + step, label) - link.loss(score - step, label)) / (2 * step);
        expect(slope).toBeCloseTo(link.answer(score) - label, 8);
      }
  });

  it.each(table)('$name measures answers by metrics of the contract', ({ name, metric: [metric, value], ...row }) => {
    const { metrics, calibration, detail } = tasks[name];
    const measured = metrics([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]);
    expect(Metrics.parse(measured)).toEqual(measured);
    expect(measured).toMatchObject({ [metric]: expect.closeTo(value, 12), rows: 4 });
    expect(calibration([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3])).toMatchObject([{ observed: 0.5, rows: 4 }]);
    expect(detail([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3], measured).kind).toBe(row.detail);
  });

  it.each(table)('$name has objectives, the first its own, each with a metric to compare by', (row) => {
    const known = Object.entries(row.objectives).map(([name, comparedBy]) => ({ name, comparedBy }));
    expect(tasks[row.name].objectives).toEqual(known);
    expect(objectiveOf(row.name, undefined, 'objective')).toEqual(known[0]);
    for (const objective of known) expect(objectiveOf(row.name, objective.name as Objective, '')).toEqual(objective);
  });

  it('refuse an objective that they have not, and name theirs', () => {
    const asked = () => objectiveOf('regression', 'rocAuc', 'search.objective');
    expect(asked).toThrow('search.objective: a regression label has no rocAuc; use one of rmse, mae.');
    expect(tryCode(asked)).toBe('InvalidInput');
  });
});

function tryCode(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return errorCode(error);
  }
}
