import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { regressionMetrics } from '../../../statistics/metrics/regression.js';
import { expectNear } from '../golden.js';

describe('regression metrics', () => {
  it('equals the example of scikit-learn', () => {
    const { rmse, mae, r2, rows } = regressionMetrics([3, -0.5, 2, 7], [2.5, 0, 2, 8]);
    expectNear(rmse, Math.sqrt(0.375), 1e-14);
    expectNear(mae, 0.5, 1e-14);
    expectNear(r2!, 0.9486081370449679, 1e-14);
    expect(rows).toBe(4);
  });

  it('has no R² for a constant truth', () => {
    expect(regressionMetrics([0.1, 0.1, 0.1], [0.1, 0.1, 0.4]).r2).toBeNull();
  });

  it('gives R² 0 to the mean and 1 to the truth', () => {
    expectNear(regressionMetrics([1, 2, 6], [3, 3, 3]).r2!, 0, 1e-14, 1);
    expect(regressionMetrics([1, 2, 6], [1, 2, 6])).toEqual({ rmse: 0, mae: 0, r2: 1, rows: 3 });
  });

  it('leaves out rows without a truth or a prediction and refuses to measure none', () => {
    expect(regressionMetrics([1, Number.NaN, 3], [1, 2, Number.NaN])).toEqual({ rmse: 0, mae: 0, r2: null, rows: 1 });
    expect(() => regressionMetrics([], [])).toThrow('no row has both');
    expect(() => regressionMetrics([1], [1, 2])).toThrow(RangeError);
  });

  it('never has a mean absolute error above its root mean squared error', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 })), {
      minLength: 1,
    });
    const check = (values: [number, number][]) => {
      const { rmse, mae } = regressionMetrics(
        values.map(([truth]) => truth),
        values.map(([, prediction]) => prediction),
      );
      expect(mae).toBeLessThanOrEqual(rmse + 1e-9);
    };
    fc.assert(fc.property(pairs, check));
  });
});
