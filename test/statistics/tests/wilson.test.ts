import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanInterval, wilsonInterval } from '../../../statistics/tests/wilson.js';

describe('the 95 % interval of a share', () => {
  // statsmodels.stats.proportion.proportion_confint(k, n, method='wilson')
  it.each([
    [8, 10, 0.490162, 0.943318],
    [0, 10, 0, 0.277533],
    [10, 10, 0.722467, 1],
    [1, 1000, 0.000177, 0.005643],
  ])('of %i in %i is %f to %f', (successes, rows, low, high) => {
    const found = wilsonInterval(successes, rows);
    expect(found.low).toBeCloseTo(low, 5);
    expect(found.high).toBeCloseTo(high, 5);
  });

  it('is everything without a row', () => {
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });

  it('holds the share and stays within 0 and 1', () => {
    const counts = fc
      .integer({ min: 1, max: 1e6 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(counts, ([k, n]) => {
        const { low, high } = wilsonInterval(k, n);
        return low >= 0 && high <= 1 && low <= k / n + 1e-12 && high >= k / n - 1e-12;
      }),
    );
  });
});

describe('the 95 % interval of a mean', () => {
  it('is 1.96 standard errors to either side', () => {
    const { low, high } = meanInterval(10, 2, 100);
    expect([low, high].map((value) => value.toFixed(4))).toEqual(['9.6080', '10.3920']);
  });
});
