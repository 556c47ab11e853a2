import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rocAuc } from '../../../statistics/metrics/binary.js';
import { calibrationCurve, predictionCurve } from '../../../statistics/metrics/calibration-curve.js';
import { confusionAt, rocCurve } from '../../../statistics/metrics/roc-curve.js';
import { seededRandom } from '../../../statistics/random.js';

const random = seededRandom('curves');
const scores = Array.from({ length: 5000 }, () => random() ** 3);
const labels = scores.map((score) => (random() < score ? 1 : 0));

describe('the calibration curve', () => {
  it('has no bin of fewer than 30 rows: a single row draws a cliff', () => {
    const rare = [...Array<number>(1000).fill(0.02), 0.51, 0.73, 0.98];
    const curve = calibrationCurve([...Array<number>(1000).fill(0), 1, 0, 1], rare);
    expect(curve.map(({ rows }) => rows)).toEqual([1003]);
    const smooth = calibrationCurve(labels, scores);
    expect(Math.min(...smooth.map(({ rows }) => rows))).toBeGreaterThanOrEqual(30);
    expect(smooth.reduce((sum, { rows }) => sum + rows, 0)).toBe(5000);
    expect(smooth).toHaveLength(20);
  });

  it('joins a bin with the next one, and the last with the one before', () => {
    const at = (score: number, rows: number) => Array<number>(rows).fill(score);
    const given = [...at(0.01, 10), ...at(0.11, 25), ...at(0.51, 40), ...at(0.99, 5)];
    const curve = calibrationCurve(
      given.map((_, i) => i % 2),
      given,
    );
    expect(curve.map(({ rows }) => rows)).toEqual([35, 45]);
    expect(curve[0]?.predicted).toBeCloseTo((10 * 0.01 + 25 * 0.11) / 35, 12);
  });

  it('tells between what the truth lies', () => {
    const [only] = calibrationCurve([...Array<number>(8).fill(1), 0, 0], Array<number>(10).fill(0.8));
    expect(only).toMatchObject({ observed: 0.8, rows: 10 });
    expect([only?.low, only?.high].map((value) => value?.toFixed(4))).toEqual(['0.4902', '0.9433']);
  });

  it('has bins of equally many rows for numbers, none of fewer than 30', () => {
    const truth = Array.from({ length: 100 }, (_, i) => i);
    const curve = predictionCurve(truth, truth);
    expect(curve.map(({ rows }) => rows)).toEqual([33, 34, 33]);
    expect(curve.every(({ predicted, observed }) => predicted === observed)).toBe(true);
    expect(predictionCurve([1, 2], [1, 1])).toMatchObject([{ predicted: 1, observed: 1.5, rows: 2 }]);
  });
});

describe('the ROC curve', () => {
  it('goes from no one called to all called', () => {
    expect(rocCurve([0, 1], [0.2, 0.8])).toEqual([
      { falsePositiveRate: 0, truePositiveRate: 0 },
      { falsePositiveRate: 0, truePositiveRate: 1 },
      { falsePositiveRate: 1, truePositiveRate: 1 },
    ]);
  });

  it('is drawn with a few hundred points that hold its area', () => {
    const curve = rocCurve(labels, scores);
    expect(curve.length).toBeLessThan(220);
    const area = curve.slice(1).reduce((sum, point, i) => {
      const before = curve[i] ?? point;
      const width = point.falsePositiveRate - before.falsePositiveRate;
      return sum + (width * (point.truePositiveRate + before.truePositiveRate)) / 2;
    }, 0);
    expect(area).toBeCloseTo(rocAuc(labels, scores) ?? 0, 2);
  });

  it('is none of one class', () => {
    expect(rocCurve([1, 1], [0.1, 0.9])).toEqual([]);
  });
});

describe('a confusion matrix', () => {
  it('calls positive what is at or above the threshold', () => {
    expect(confusionAt([1, 1, 0, 0, 1], [0.9, 0.2, 0.6, 0.1, 0.5], 0.5)).toEqual({
      threshold: 0.5,
      truePositives: 2,
      falsePositives: 1,
      trueNegatives: 1,
      falseNegatives: 1,
    });
  });

  it('counts every row once', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(0, 1), share), { minLength: 1 }), share, (rows, threshold) => {
        const { threshold: _, ...counts } = confusionAt(
          rows.map(([label]) => label),
          rows.map(([, score]) => score),
          threshold,
        );
        return Object.values(counts).reduce((sum, count) => sum + count, 0) === rows.length;
      }),
    );
  });
});
