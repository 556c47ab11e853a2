import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binaryMetrics, brierScore, calibration, logLoss, prAuc, rocAuc } from '../../../statistics/metrics/binary.js';
import { seededRandom } from '../../../statistics/random.js';
import { expectNear } from '../golden.js';

const rows = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 20 })), { minLength: 2, maxLength: 40 })
  .map((pairs) => ({ labels: pairs.map(([label]) => label), scores: pairs.map(([, score]) => score / 20) }));

// The first rows are the examples of scikit-learn's own documentation; the others are scikit-learn 1.9.1 on the same input.
describe('ranking metrics', () => {
  it.each([
    { labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8], auc: 0.75, precision: 0.8333333333333333 },
    { labels: [0, 1, 0, 1], scores: [0.5, 0.5, 0.5, 0.5], auc: 0.5, precision: 0.5 },
    {
      labels: [1, 0, 1, 1, 0, 0, 1, 0, 0, 1],
      scores: [0.9, 0.9, 0.8, 0.8, 0.8, 0.3, 0.3, 0.2, 0.2, 0.1],
      auc: 0.56,
      precision: 0.5542857142857143,
    },
  ])('equals scikit-learn on $labels, $scores', ({ labels, scores, auc, precision }) => {
    expectNear(rocAuc(labels, scores)!, auc, 1e-14);
    expectNear(prAuc(labels, scores)!, precision, 1e-14);
  });

  it('is null when there is one class only', () => {
    expect(rocAuc([1, 1], [0.2, 0.3])).toBeNull();
    expect(prAuc([0, 0], [0.2, 0.3])).toBeNull();
    expect(prAuc([1, 1], [0.2, 0.3])).toBeNull();
  });

  it('equals the share of pairs in the right order, a tie counting one half', () => {
    const check = ({ labels, scores }: { labels: number[]; scores: number[] }) => {
      const of = (label: number) => scores.filter((_, i) => labels[i] === label);
      const wins: number[] = of(1).flatMap((p) => of(0).map((n) => (p > n ? 1 : p === n ? 0.5 : 0)));
      const auc = rocAuc(labels, scores);
      expect(auc === null).toBe(wins.length === 0);
      if (auc !== null) expectNear(auc, wins.reduce((a, b) => a + b) / wins.length, 1e-12);
    };
    fc.assert(fc.property(rows, check));
  });

  it('does not change under a monotone transform of the scores, and mirrors when they are negated', () => {
    const check = ({ labels, scores }: { labels: number[]; scores: number[] }) => {
      const auc = rocAuc(labels, scores);
      const transformed = scores.map((score) => Math.exp(5 * score) - 7);
      expect(rocAuc(labels, transformed)).toBe(auc);
      expect(prAuc(labels, transformed)).toBe(prAuc(labels, scores));
      const negated = rocAuc(
        labels,
        scores.map((score) => -score),
      );
      if (auc !== null) expectNear(negated!, 1 - auc, 1e-12, 1);
    };
    fc.assert(fc.property(rows, check));
  });

  it('takes −0 and 0 as a tie and infinite scores as the ends', () => {
    expect(rocAuc([0, 1], [0, -0])).toBe(0.5);
    expect(rocAuc([0, 1, 0], [-Infinity, Infinity, 3])).toBe(1);
  });
});

describe('probability metrics', () => {
  it('equals the examples of scikit-learn', () => {
    expectNear(logLoss([1, 0, 0, 1], [0.9, 0.1, 0.2, 0.65]), 0.21616187468057912, 1e-14);
    expectNear(brierScore([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]), 0.0375, 1e-14);
  });

  it('clips a certain mistake at 1e-15 instead of an infinite loss', () => {
    expectNear(logLoss([1], [0]), -Math.log(1e-15), 1e-14);
    expectNear(logLoss([0], [1]), -Math.log(1e-15), 1e-2);
    expect(logLoss([1, 0], [1, 0])).toBeLessThan(1e-14);
  });

  it('measures calibration by hand: ½·0.4 + ½·0.1 = 0.25', () => {
    const result = calibration([0, 1, 1, 1], [0.1, 0.1, 0.9, 0.9]);
    expectNear(result.expectedCalibrationError, 0.25, 1e-14);
    expect(result.meanPredicted).toBe(0.5);
    expect(result.meanObserved).toBe(0.75);
    expect(result.bins).toEqual([
      { meanPredicted: 0.1, meanObserved: 0.5, count: 2 },
      { meanPredicted: 0.9, meanObserved: 1, count: 2 },
    ]);
  });

  it('puts 0 into the first bin and 1 into the last', () => {
    const { bins } = calibration([0, 1], [0, 1], 4);
    expect(bins).toEqual([
      { meanPredicted: 0, meanObserved: 0, count: 1 },
      { meanPredicted: 1, meanObserved: 1, count: 1 },
    ]);
  });

  it('calls a model calibrated that says how often it is right', () => {
    const random = seededRandom('calibrated');
    const scores = Float64Array.from({ length: 50_000 }, random);
    const labels = scores.map((score) => (random() < score ? 1 : 0));
    expect(calibration(labels, scores).expectedCalibrationError).toBeLessThan(0.01);
    const timid = scores.map((score) => 0.25 + score / 2);
    expect(calibration(labels, timid).expectedCalibrationError).toBeGreaterThan(0.1);
  });

  it('has one bin whose error is the gap of the means', () => {
    const check = ({ labels, scores }: { labels: number[]; scores: number[] }) => {
      const { expectedCalibrationError, meanPredicted, meanObserved } = calibration(labels, scores, 1);
      expectNear(expectedCalibrationError, Math.abs(meanPredicted - meanObserved), 1e-12, 1);
      expect(calibration(labels, scores).expectedCalibrationError).toBeGreaterThan(expectedCalibrationError - 1e-12);
    };
    fc.assert(fc.property(rows, check));
  });
});

describe('binary metrics', () => {
  it('holds the single metrics over the rows that have both a label and a score', () => {
    const labels = [0, 0, 1, 1, Number.NaN, 1];
    const scores = [0.1, 0.4, 0.35, 0.8, 0.9, Number.NaN];
    const [keptLabels, keptScores] = [labels.slice(0, 4), scores.slice(0, 4)];
    expect(binaryMetrics(labels, scores)).toEqual({
      rocAuc: 0.75,
      prAuc: prAuc(keptLabels, keptScores),
      logLoss: logLoss(keptLabels, keptScores),
      brier: brierScore(keptLabels, keptScores),
      calibrationError: calibration(keptLabels, keptScores).expectedCalibrationError,
      meanPredicted: 0.4125,
      meanObserved: 0.5,
      rows: 4,
    });
  });

  it('still measures losses when there is one class only', () => {
    const metrics = binaryMetrics([0, 0], [0.5, 0.5]);
    expect(metrics).toMatchObject({ rocAuc: null, prAuc: null, brier: 0.25, rows: 2 });
    expectNear(metrics.logLoss, Math.LN2, 1e-14);
  });

  it('refuses what is no label, no probability, no pair or no row', () => {
    expect(() => binaryMetrics([0, 2], [0.1, 0.2])).toThrow('a label must be 0 or 1, not 2');
    expect(() => binaryMetrics([0, 1], [0.1, 1.5])).toThrow('a probability must be between 0 and 1, not 1.5');
    expect(() => binaryMetrics([0, 1], [0.1])).toThrow('2 true values but 1 scores');
    expect(() => binaryMetrics([Number.NaN], [0.1])).toThrow('no row has both');
    expect(() => calibration([1], [0.5], 0)).toThrow('at least one bin');
  });

  it('lets the rounding of float32 pass', () => {
    expect(binaryMetrics([0, 1], [-1e-7, 1 + 1e-7]).rocAuc).toBe(1);
  });
});
