import { describe, expect, it } from 'vitest';
import { crossFittedMeans, smoothedMean } from '../../statistics/target-means.js';

const labels = [1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1];
const categories = ['a', 'a', 'b', 'a', 'b', 'b', 'a', 'c', 'a', 'c', 'a', 'b', 'b', 'a', 'd'];
const codes = categories.map((category) => 'abcd'.indexOf(category));

describe('the mean label of a category', () => {
  it('for a row that is learnt from is that of the other folds, by their prior', () => {
    // by hand for row 0: the other folds hold 4 of 12 labels and of "a" 2 of 5, so (2 + 10 / 3) / 15
    const expected = [
      ...[0.3555555555555555, 0.6, 0.46153846153846156, 0.38095238095238093, 0.23809523809523808],
      ...[0.3095238095238095, 0.6, 0.45454545454545453, 0.38095238095238093, 0.303030303030303],
      ...[0.3555555555555555, 0.42857142857142855, 0.46153846153846156, 0.38095238095238093, 0.3333333333333333],
    ];
    const means = crossFittedMeans({ codes, labels }, 10);
    for (const [row, mean] of means.entries()) expect(mean).toBeCloseTo(expected[row] ?? 0, 12);
  });

  it.each([
    ['a', 4, 7, 0.47058823529411764],
    ['c', 0, 2, 0.3333333333333333],
    ['d', 1, 1, 0.45454545454545453],
  ])('for a row that is served is that of all rows: %s', (_, sum, rows, mean) => {
    expect(smoothedMean({ sum, rows }, 0.4, 10)).toBeCloseTo(mean, 12);
  });

  it('says nothing of the label of a row that is alone in its category', () => {
    const alone = Array.from({ length: 1000 }, (_, row) => row);
    const random = alone.map((row) => Number((row * 7919) % 1009 < 505));
    const means = crossFittedMeans({ codes: alone, labels: random });
    const meanOf = (label: number) => {
      const own = [...means].filter((_, row) => random[row] === label);
      return own.reduce((sum, mean) => sum + mean, 0) / own.length;
    };
    expect(Math.abs(meanOf(1) - meanOf(0))).toBeLessThan(0.01);
  });

  it('is none where there is no category, and is there with a single row', () => {
    expect([...crossFittedMeans({ codes: [Number.NaN, 0], labels: [1, 0] })]).toEqual([Number.NaN, expect.any(Number)]);
    expect([...crossFittedMeans({ codes: [0], labels: [1] })]).toEqual([1]);
  });
});
