import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../statistics/random.js';
import { kolmogorovSmirnov } from '../../../statistics/tests/kolmogorov-smirnov.js';
import { ksOneSampleSurvival } from '../../../statistics/tests/ks-asymptotic.js';
import { expectNear, golden, numbers, numericCases } from '../golden.js';

const sample = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 30 });

describe('two-sample Kolmogorov–Smirnov test', () => {
  it.each(numericCases)('equals scipy ks_2samp, exact and asymptotic: $name', ({ reference, current, scipy }) => {
    const [ref, cur] = [numbers(reference), numbers(current)];
    const exact = kolmogorovSmirnov(ref, cur);
    expect(exact.method).toBe('exact');
    expectNear(exact.statistic, scipy.ks_stat, 1e-14);
    expectNear(exact.pValue, scipy.ks_p_auto, 1e-12);
    expectNear(kolmogorovSmirnov(ref, cur, 'exact').pValue, scipy.ks_p_exact, 1e-12);
    expectNear(kolmogorovSmirnov(ref, cur, 'asymptotic').pValue, scipy.ks_p_asymp, 1e-9);
  });

  it('is exact by hand: of the 6 orders of 2 and 2 values, 2 separate the samples', () => {
    expectNear(kolmogorovSmirnov([1, 2], [3, 4]).pValue, 2 / 6, 1e-14);
    expectNear(kolmogorovSmirnov([1, 2, 3, 4], [3, 4, 5, 6]).pValue, 54 / 70, 1e-14);
  });

  it('rounds the size 25 / 10 to even before the asymptotic p-value, as scipy', () => {
    expectNear(kolmogorovSmirnov([1, 2, 3, 4, 5], [3, 4, 5, 6, 7], 'asymptotic').pValue, 0.82, 1e-12);
  });

  it('changes to the asymptotic p-value above 10,000 values on a side', () => {
    const step = (n: number, shift: number) => Float64Array.from({ length: n }, (_, i) => i / n + shift);
    expect(kolmogorovSmirnov(step(10, 0), step(10_000, 0)).method).toBe('exact');
    const large = kolmogorovSmirnov(step(20_000, 0), step(10_001, 0.01));
    expect(large.method).toBe('asymptotic');
    expectNear(large.statistic, 0.01, 1e-2);
  });

  it('judges 100,000 values a side within a second', () => {
    const random = seededRandom('ks');
    const draw = (power: number) => Float64Array.from({ length: 100_000 }, () => random() ** power);
    const [a, b, c] = [draw(1), draw(1), draw(1.05)];
    const start = performance.now();
    expect(kolmogorovSmirnov(a, b).pValue).toBeGreaterThan(0.001);
    expect(kolmogorovSmirnov(a, c).pValue).toBeLessThan(1e-10);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('leaves out missing values and refuses an empty side', () => {
    const clean = kolmogorovSmirnov([1, 2, 3], [2, 3, 4]);
    expect(kolmogorovSmirnov([1, Number.NaN, 2, 3, Infinity], [2, 3, 4])).toEqual(clean);
    expect(() => kolmogorovSmirnov([1], [Number.NaN])).toThrow('the current sample has no finite value');
  });

  it('is symmetric and sees only the order of the values', () => {
    const check = (a: number[], b: number[]) => {
      const test = kolmogorovSmirnov(a, b);
      expect(kolmogorovSmirnov(b, a)).toEqual(test);
      const monotone = (x: number) => Math.exp(x / 10);
      expect(kolmogorovSmirnov(a.map(monotone), b.map(monotone))).toEqual(test);
      expect(test.pValue).toBeGreaterThanOrEqual(0);
      expect(test.pValue).toBeLessThanOrEqual(1);
    };
    fc.assert(fc.property(sample, sample, check));
  });

  it('equals the largest gap between the two empirical distributions', () => {
    const share = (values: number[], x: number) => values.filter((value) => value <= x).length / values.length;
    const check = (a: number[], b: number[]) => {
      const gaps = [...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x)));
      expectNear(kolmogorovSmirnov(a, b).statistic, Math.max(...gaps), 1e-12, 1);
    };
    fc.assert(fc.property(sample, sample, check));
  });
});

describe('one-sample Kolmogorov–Smirnov distribution', () => {
  it.each(golden.distributions.kstwo_sf)('equals scipy kstwo.sf(%f, %i)', (d, n, expected) => {
    expectNear(ksOneSampleSurvival(d, n), expected, 1e-10);
  });

  // scipy 1.17.1 kstwo.sf, one row per method: matrix, expansion, one-sided tail, both ends
  it.each([
    [0.6, 1, 0.8],
    [0.05, 10, 1.0],
    [0.3, 7, 0.46626387699002947],
    [0.12, 141, 0.03160060527758468],
    [0.05, 300, 0.42744120502346905],
    [0.03, 500, 0.7473166700457021],
    [0.04, 1000, 0.07933956059000224],
    [0.011, 5000, 0.576731142062301],
    [0.00547, 50000, 0.09998640172021855],
    [0.05, 1000, 0.013012074781090332],
    [0.01, 50000, 9.018048811843602e-5],
    [0.02, 50000, 8.35587873542047e-18],
    [0.019, 500, 0.9921900654423093],
    [0.7, 200, 9.389465176622686e-99],
    [0.001, 400, 1.0],
    [1, 30, 0.0],
  ])('equals scipy kstwo.sf(%f, %i) = %f', (d, n, expected) => {
    expectNear(ksOneSampleSurvival(d, n), expected, 1e-8);
  });

  it('refuses a sample of none', () => {
    expect(() => ksOneSampleSurvival(0.5, 0)).toThrow(RangeError);
  });
});
