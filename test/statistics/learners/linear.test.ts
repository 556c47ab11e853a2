import { describe, expect, it } from 'vitest';
import { baseline } from '../../../statistics/learners/constant.js';
import type { LearningJob, Matrix } from '../../../statistics/learners/learner.js';
import { linear } from '../../../statistics/learners/linear.js';
import { scoreModel } from '../../../statistics/learners/score.js';
import { seededRandom } from '../../../statistics/random.js';
import { rowsOf } from './rows-of.js';

function job(columns: number[][], labels: number[], more: Partial<LearningJob> = {}): LearningJob {
  const train: Matrix = {
    rows: labels.length,
    columns: columns.map((c) => Float32Array.from(c)),
    labels: Float64Array.from(labels),
  };
  return {
    task: 'regression',
    features: [],
    train,
    validation: train,
    parameters: {},
    seed: 1,
    onProgress: () => {},
    ...more,
  };
}

describe('linear', () => {
  it('finds the exact line without a penalty', () => {
    const fitting = job(
      [
        [1, 2, 3, 4],
        [0, 1, 0, 1],
      ],
      [5, 9, 9, 13],
      { parameters: { l2: 0 } },
    );
    const scores = scoreModel(linear.train(fitting), 'regression', rowsOf([Float32Array.of(10), Float32Array.of(1)]));
    expect(scores[0]).toBeCloseTo(3 + 2 * 10 + 2, 4);
  });

  it('shrinks by the ridge formula: w = Σ z y / (n + l2) for one standardised feature', () => {
    const model = linear.train(job([[-1, 1, -1, 1]], [-2, 2, -2, 2], { parameters: { l2: 4 } }));
    expect(model).toMatchObject({ kind: 'linear', weights: [expect.closeTo(1, 6)], bias: expect.closeTo(0, 6) });
  });

  it('finds the log-odds of a two-by-two table: ln(3) − ln(1/3) apart', () => {
    const x = [0, 0, 0, 0, 1, 1, 1, 1];
    const model = linear.train(job([x], [1, 0, 0, 0, 1, 1, 1, 0], { task: 'binary', parameters: { l2: 0 } }));
    const [low, high] = scoreModel(model, 'binary', rowsOf([Float32Array.of(0, 1)]));
    expect(low).toBeCloseTo(0.25, 6);
    expect(high).toBeCloseTo(0.75, 6);
  });

  it('counts a missing value as the mean', () => {
    const model = linear.train(job([[1, 2, 3, Number.NaN]], [1, 2, 3, 2]));
    const [missing, mean] = scoreModel(model, 'regression', rowsOf([Float32Array.of(Number.NaN, 2)]));
    expect(missing).toBe(mean);
  });

  it('ends at the same weights whatever the seed, and on features that are equal, constant or missing', () => {
    const random = seededRandom('rows');
    const x = Array.from({ length: 200 }, random);
    const columns = [x, x, x.map(() => 7), x.map(() => Number.NaN)];
    const labels = x.map((value) => Number(value + random() > 1));
    const train = (seed: number) => JSON.stringify(linear.train(job(columns, labels, { task: 'binary', seed })));
    expect(train(1)).toBe(train(2));
    expect(JSON.parse(train(1)).weights).toEqual([expect.any(Number), JSON.parse(train(1)).weights[0], 0, 0]);
  });

  it('stays finite when the classes can be told apart perfectly', () => {
    const model = linear.train(job([[0, 1, 2, 3]], [0, 0, 1, 1], { task: 'binary', parameters: { l2: 0 } }));
    const scores = scoreModel(model, 'binary', rowsOf([Float32Array.of(0, 3)]));
    expect(scores[0]).toBeLessThan(0.01);
    expect(scores[1]).toBeGreaterThan(0.99);
  });

  it('refuses a negative penalty', () => {
    expect(() => linear.train(job([[1]], [1], { parameters: { l2: -1 } }))).toThrow(/"l2" must be a number from 0 to/);
  });
});

describe('baseline', () => {
  it('answers the class rate, or the mean', () => {
    const binary = job([[1, 2, 3, 4]], [1, 0, 0, 0], { task: 'binary' });
    expect(scoreModel(baseline.train(binary), 'binary', rowsOf(binary.train.columns))[0]).toBeCloseTo(0.25, 6);
    expect(baseline.train(job([[1, 2]], [3, 5]))).toEqual({ kind: 'constant', value: 4 });
  });
});
