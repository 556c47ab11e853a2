import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  categoricalDrift,
  describeCategorical,
  describeNumeric,
  numericDrift,
} from '../../../statistics/drift/column.js';
import { quantile } from '../../../statistics/quantile.js';
import { seededRandom } from '../../../statistics/random.js';
import { categoricalCases, expectNear, numbers, numericCases } from '../golden.js';

const uniform = (rows: number, seed: string) => {
  const random = seededRandom(seed);
  return Float64Array.from({ length: rows }, random);
};
const repeated = (counts: Record<string, number>) =>
  Object.entries(counts).flatMap(([category, count]) => new Array<string>(count).fill(category));

describe('baseline of a numeric column', () => {
  it('keeps sizes, deciles, a sorted sample and the first two moments', () => {
    expect(describeNumeric([4, Number.NaN, 2, Infinity])).toEqual({
      kind: 'numeric',
      count: 2,
      missing: 2,
      edges: [2.2, 2.4, 2.6, 2.8, 3, 3.2, 3.4, 3.6, 3.8],
      shares: [0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0.5],
      sample: [2, 4],
      mean: 3,
      std: 1,
    });
  });

  it('stands for many rows by 2,000 of them, at most 1/4000 off in rank', () => {
    const values = uniform(50_000, 'sample');
    const { sample, count } = describeNumeric(values);
    expect([sample.length, count]).toEqual([2000, 50_000]);
    const sorted = values.slice().sort();
    for (const q of [0.01, 0.25, 0.5, 0.99]) expectNear(quantile(sample, q), quantile(sorted, q), 1e-3, 1);
  });

  it('is plain JSON, also of a column without any value', () => {
    for (const values of [uniform(3000, 'json'), [Number.NaN], []]) {
      const baseline = describeNumeric(values);
      expect(JSON.parse(JSON.stringify(baseline))).toEqual(baseline);
    }
  });
});

describe('baseline of a categorical column', () => {
  it('keeps the most frequent categories and counts the rest', () => {
    expect(describeCategorical(['b', 'a', 'c', null, 'a', 'b', 'd'], 3)).toEqual({
      kind: 'categorical',
      count: 6,
      missing: 1,
      counts: { a: 2, b: 2, c: 1 },
      otherCount: 1,
    });
  });

  it('keeps 200 categories of an identifier', () => {
    const ids = Array.from({ length: 5000 }, (_, i) => `id-${i}`);
    const { counts, otherCount } = describeCategorical(ids);
    expect([Object.keys(counts).length, otherCount]).toEqual([200, 4800]);
  });

  it('has no trouble with categories named like the parts of an object', () => {
    const values = ['__proto__', 'constructor', 'toString', 'length', '__proto__'];
    const baseline = JSON.parse(JSON.stringify(describeCategorical(values)));
    expect(categoricalDrift(baseline, values)).toMatchObject({ psi: 0, newCategories: [] });
    const plain = describeCategorical(['a']);
    expect(categoricalDrift(plain, ['constructor']).newCategories).toEqual(['constructor']);
  });
});

describe('drift of a numeric column', () => {
  it.each(numericCases)('equals the reference values: $name', ({ reference, current, deciles, scipy, evidently }) => {
    const drift = numericDrift(describeNumeric(numbers(reference)), numbers(current));
    expectNear(drift.psi, deciles.psi, 1e-12);
    expectNear(drift.jensenShannon, deciles.js_distance_ln, 1e-12);
    expectNear(drift.ks.statistic, scipy.ks_stat, 1e-12);
    expectNear(drift.ks.pValue, scipy.ks_p_auto, 1e-12);
    expectNear(drift.wasserstein, scipy.wasserstein, 1e-12);
    expectNear(drift.wassersteinNormed, evidently.wasserstein_norm, 1e-11);
    expect(drift.missingShare).toBe(current.filter((value) => value === null).length / current.length);
  });

  it('sees a shift of half a standard deviation and names the numbers', () => {
    const moved = uniform(20_000, 'current').map((value) => value + 0.5 / Math.sqrt(12));
    const drift = numericDrift(describeNumeric(uniform(20_000, 'reference')), moved);
    expect(drift.drifted).toBe(true);
    expect(drift.reason).toBe(`PSI ${drift.psi.toFixed(3)} is above the threshold 0.2.`);
    expectNear(drift.wassersteinNormed, 0.5, 0.1);
  });

  it('raises no alarm in 100 windows without drift, though KS is below 0.05 in some', () => {
    const baseline = describeNumeric(uniform(5000, 'baseline'));
    const windows = Array.from({ length: 100 }, (_, i) => numericDrift(baseline, uniform(1000, `window ${i}`)));
    expect(windows.filter((window) => window.drifted)).toEqual([]);
    expect(windows.some((window) => window.ks.pValue < 0.05)).toBe(true);
  });

  it('gives no verdict below the least number of rows, however far the values moved', () => {
    const baseline = describeNumeric(uniform(3000, 'reference'));
    const few = numericDrift(baseline, new Float64Array(999).fill(9));
    expect(few).toMatchObject({ drifted: false, rows: 999 });
    expect(few.reason).toMatch(/^Only 999 of 1000 needed rows have a value \(PSI 8\.\d+\)\.$/);
    expect(numericDrift(baseline, new Float64Array(1000).fill(9)).drifted).toBe(true);
    expect(numericDrift(baseline, new Float64Array(50).fill(9), { minRows: 50 }).drifted).toBe(true);
  });

  it('drifts strictly above the threshold of its policy', () => {
    const baseline = describeNumeric([0, 0, 1, 1]);
    const values = [0, 1, 1, 1];
    const { psi } = numericDrift(baseline, values);
    expect(numericDrift(baseline, values, { minRows: 1, psiThreshold: psi }).drifted).toBe(false);
    expect(numericDrift(baseline, values, { minRows: 1, psiThreshold: psi - 1e-9 }).drifted).toBe(true);
  });

  it('has finite distances and no verdict when a side has no value', () => {
    const none = { psi: 0, ks: { statistic: 0, pValue: 1 }, wasserstein: 0, wassersteinNormed: 0, drifted: false };
    const baseline = describeNumeric([1, 2, 3]);
    const allMissing = numericDrift(baseline, [Number.NaN, Infinity]);
    expect(allMissing).toMatchObject({ ...none, rows: 0, missingShare: 1 });
    expect(allMissing.reason).toBe('All 2 current rows are missing a value.');
    expect(numericDrift(baseline, [])).toMatchObject({ ...none, missingShare: 0, reason: 'There is no current row.' });
    expect(numericDrift(describeNumeric([]), [1]).reason).toBe('The baseline has no value to compare with.');
  });

  it('is finite for any two columns', () => {
    const column = fc.array(fc.double({ min: -1e6, max: 1e6 }), { maxLength: 40 });
    const check = (reference: number[], current: number[]) => {
      const { psi, ks, jensenShannon, wasserstein, wassersteinNormed } = numericDrift(
        describeNumeric(reference),
        current,
      );
      const all = [psi, ks.statistic, ks.pValue, jensenShannon, wasserstein, wassersteinNormed];
      expect(all.filter((value) => !Number.isFinite(value) || value < 0)).toEqual([]);
    };
    fc.assert(fc.property(column, column, check));
  });
});

describe('drift of a categorical column', () => {
  it.each(categoricalCases)('equals the reference values: $name', ({ reference, current, freq, scipy }) => {
    const drift = categoricalDrift(describeCategorical(reference), current);
    expectNear(drift.psi, freq.psi, 1e-12);
    expectNear(drift.jensenShannon, freq.js_distance_ln, 1e-12);
    expect(drift.chiSquare === null).toBe(scipy.dof === 0);
    expectNear(drift.chiSquare?.statistic ?? 0, scipy.chi2_contingency_stat, 1e-12);
    expectNear(drift.chiSquare?.pValue ?? 1, scipy.chi2_contingency_p, 1e-12);
  });

  it('says the same of values and of their counts', () => {
    const baseline = describeCategorical(repeated({ a: 50, b: 50 }));
    const values = [...repeated({ a: 70, b: 20, c: 10 }), null, null];
    const counted = categoricalDrift(baseline, { a: 70, b: 20, c: 10 }, { missing: 2 });
    expect(counted).toEqual(categoricalDrift(baseline, values));
    expect(counted.missingShare).toBe(2 / 102);
  });

  it('names new categories, the most frequent first, and counts them as one', () => {
    const baseline = describeCategorical(repeated({ a: 500, b: 500 }));
    const drift = categoricalDrift(baseline, { a: 400, b: 400, x: 50, y: 150 });
    expect(drift).toMatchObject({ newCategories: ['y', 'x'], drifted: true });
    const oneNew = categoricalDrift(baseline, { a: 400, b: 400, z: 200 });
    expect(oneNew.psi).toBe(drift.psi);
  });

  it('names at most 20 new categories', () => {
    const ids = Array.from({ length: 100 }, (_, i) => `id-${i}`);
    expect(categoricalDrift(describeCategorical(['a']), ids).newCategories).toHaveLength(20);
  });

  it('does not call a category new when the baseline left some out', () => {
    const baseline = describeCategorical(['a', 'a', 'b', 'c'], 1);
    const drift = categoricalDrift(baseline, ['a', 'a', 'c', 'd']);
    expect(drift).toMatchObject({ newCategories: [], psi: 0 });
  });

  it('has finite distances and no verdict when a side has no value', () => {
    const empty = { psi: 0, chiSquare: null, jensenShannon: 0, drifted: false };
    expect(categoricalDrift(describeCategorical(['a']), [null])).toMatchObject({ ...empty, missingShare: 1 });
    expect(categoricalDrift(describeCategorical(['a']), {})).toMatchObject({ ...empty, missingShare: 0 });
    expect(categoricalDrift(describeCategorical([null]), ['a'])).toMatchObject(empty);
  });
});
