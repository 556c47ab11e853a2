import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gbt } from '../../../statistics/learners/gbt.js';
import { binEdges } from '../../../statistics/learners/gbt-bins.js';
import type { FittedModel, LearningJob, Matrix } from '../../../statistics/learners/learner.js';
import { logisticLoss } from '../../../statistics/learners/logistic.js';
import { scoreModel } from '../../../statistics/learners/score.js';
import { seededRandom } from '../../../statistics/random.js';
import { rowsOf } from './rows-of.js';

const none: Matrix = { rows: 0, columns: [], labels: new Float64Array(0) };

function matrix(columns: number[][], labels: number[]): Matrix {
  return { rows: labels.length, columns: columns.map((c) => Float32Array.from(c)), labels: Float64Array.from(labels) };
}

function job(train: Matrix, parameters: LearningJob['parameters'] = {}, more: Partial<LearningJob> = {}): LearningJob {
  return { task: 'binary', features: [], train, validation: none, parameters, seed: 1, onProgress: () => {}, ...more };
}

const treesOf = (model: FittedModel) => (model.kind === 'trees' ? model.trees : []);

/** Two uniform features and noise; the label is their exclusive or. */
function exclusiveOr(rows: number): Matrix {
  const random = seededRandom('xor');
  const [a, b, noise] = [0, 1, 2].map(() => Array.from({ length: rows }, random)) as [number[], number[], number[]];
  return matrix(
    [a, b, noise],
    a.map((x, i) => Number(x > 0.5 !== b[i]! > 0.5)),
  );
}

describe('gbt', () => {
  it('learns an exclusive or, which no linear model can', () => {
    const data = exclusiveOr(2000);
    const scores = scoreModel(gbt.train(job(data, { trees: 60 })), 'binary', rowsOf(data.columns));
    const right = scores.filter((score, i) => score > 0.5 === (data.labels[i] === 1)).length;
    expect(right / data.rows).toBeGreaterThan(0.99);
  });

  it('finds the optimum of one split: the mean of each side', () => {
    const data = matrix([[1, 2, 3, 4]], [10, 10, 30, 30]);
    const model = gbt.train(
      job(data, { trees: 1, learningRate: 1, l2: 0, minChildWeight: 1, maxDepth: 1 }, { task: 'regression' }),
    );
    expect(treesOf(model)[0]).toMatchObject({ feature: [0, -1, -1], threshold: [2.5, 0, 0], value: [0, -10, 10] });
    expect([...scoreModel(model, 'regression', rowsOf(data.columns))]).toEqual([10, 10, 30, 30]);
  });

  it.each([
    { missing: 'low', labels: [0, 0, 0, 1, 1, 1, 0, 0, 0], left: true },
    { missing: 'high', labels: [0, 0, 0, 1, 1, 1, 1, 1, 1], left: false },
  ])('sends missing values where they belong: $missing', ({ labels, left }) => {
    const data = matrix([[1, 2, 3, 4, 5, 6, Number.NaN, Number.NaN, Number.NaN]], labels);
    const model = gbt.train(job(data, { trees: 1, minChildWeight: 0.1, maxDepth: 1 }));
    expect(treesOf(model)[0]?.missingLeft[0]).toBe(left);
  });

  it('splits missing values from all others when that is what matters', () => {
    const data = matrix([[1, 2, 3, Number.NaN, Number.NaN, Number.NaN]], [0, 0, 0, 1, 1, 1]);
    const [tree] = treesOf(gbt.train(job(data, { trees: 1, minChildWeight: 0.1, maxDepth: 1 })));
    expect(tree?.threshold[0]).toBe(3.4028234663852886e38);
    expect(tree?.missingLeft[0]).toBe(false);
  });

  it('lowers its training loss with every tree', () => {
    const data = exclusiveOr(500);
    const model = gbt.train(job(data, { trees: 30, learningRate: 0.3 }));
    if (model.kind !== 'trees') throw new Error('no trees');
    const losses = model.trees.map((_, count) => {
      const scores = scoreModel(
        { ...model, trees: model.trees.slice(0, count + 1) },
        'regression',
        rowsOf(data.columns),
      );
      return scores.reduce((sum, score, i) => sum + logisticLoss(score, data.labels[i]!), 0);
    });
    for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThanOrEqual(losses[i - 1]! + 1e-9);
  });

  it('is the same for the same seed, and another for another', () => {
    const data = exclusiveOr(500);
    const train = (seed: number) =>
      JSON.stringify(gbt.train(job(data, { rowShare: 0.7, featureShare: 0.7, trees: 10 }, { seed })));
    expect(train(7)).toBe(train(7));
    expect(train(7)).not.toBe(train(8));
  });

  it('stops early on validation and keeps the best trees', () => {
    const data = exclusiveOr(300);
    const random = seededRandom('labels');
    const validation = { ...data, labels: data.labels.map(() => Math.round(random())) };
    const model = gbt.train(job(data, { trees: 200, earlyStoppingRounds: 5 }, { validation }));
    expect(treesOf(model).length).toBeLessThan(20);
    expect(treesOf(gbt.train(job(data, { trees: 40, earlyStoppingRounds: 0 }, { validation })))).toHaveLength(40);
  });

  it('keeps its limits of depth and leaves', () => {
    const model = gbt.train(job(exclusiveOr(1000), { trees: 5, maxDepth: 3, maxLeaves: 6, minChildWeight: 0.01 }));
    for (const tree of treesOf(model)) {
      expect(tree.feature.filter((feature) => feature < 0).length).toBeLessThanOrEqual(6);
      expect(depthOf(tree, 0)).toBeLessThanOrEqual(3);
    }
  });

  it.each([
    [{ maxDepth: 0 }, /"maxDepth" must be a whole number from 1 to 16, not 0/],
    [{ learningRate: 'fast' }, /"learningRate" must be a number from 0.001 to 1/],
    [{ depth: 3 }, /no parameter "depth": it takes trees, /],
  ])('refuses %j and names the range', (parameters, message) => {
    expect(() => gbt.train(job(exclusiveOr(10), parameters))).toThrow(message);
  });
});

describe('binEdges', () => {
  it('lie between neighbouring float32 values, whatever they are', () => {
    const values = fc.array(fc.float({ noNaN: true }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 255 }), (drawn, maxBins) => {
        const distinct = [...new Set(drawn.map((x) => x + 0))].sort((a, b) => a - b);
        const edges = binEdges(Float32Array.from(drawn), maxBins);
        expect(edges.length).toBeLessThanOrEqual(Math.min(maxBins, distinct.length) - 1);
        for (const edge of edges) {
          expect(Number.isFinite(edge)).toBe(true);
          expect(distinct.some((x) => x <= edge || x === -Infinity) && distinct.some((x) => x > edge)).toBe(true);
        }
      }),
    );
  });
});

function depthOf(tree: { feature: number[]; left: number[]; right: number[] }, node: number): number {
  if (tree.feature[node]! < 0) return 0;
  return 1 + Math.max(depthOf(tree, tree.left[node]!), depthOf(tree, tree.right[node]!));
}
