import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { categoryShares, chiSquareContingency, countCategories } from '../../../statistics/drift/categorical.js';
import { categoricalCases, expectNear } from '../golden.js';

describe('chi-square contingency test', () => {
  it.each(categoricalCases)('equals scipy chi2_contingency(correction=False): $name', ({ freq, scipy }) => {
    const test = chiSquareContingency(freq.ref_counts, freq.cur_counts);
    expectNear(test.statistic, scipy.chi2_contingency_stat, 1e-12);
    expectNear(test.pValue, scipy.chi2_contingency_p, 1e-12);
    expect(test.degreesOfFreedom).toBe(scipy.dof);
  });

  it('leaves out a category that neither side has', () => {
    expect(chiSquareContingency([241, 0, 59], [175, 0, 75])).toEqual(chiSquareContingency([241, 59], [175, 75]));
  });

  it('refuses a side without rows and lists of different categories', () => {
    expect(() => chiSquareContingency([0, 0], [1, 2])).toThrow('both sides need at least one row');
    expect(() => chiSquareContingency([1, 2], [0, 0])).toThrow(RangeError);
    expect(() => chiSquareContingency([1], [1, 2])).toThrow(RangeError);
  });

  it('is zero for proportional counts and does not depend on the order of categories', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 2, maxLength: 12 });
    const check = (row: number[], times: number) => {
      const same = chiSquareContingency(
        row,
        row.map((count) => count * times),
      );
      expect(same.statistic).toBeLessThan(1e-9);
      const other = [...row.slice(1), row[0]!];
      const reversed = chiSquareContingency([...row].reverse(), [...other].reverse());
      expectNear(chiSquareContingency(row, other).statistic, reversed.statistic, 1e-9, 1);
    };
    fc.assert(fc.property(counts, fc.integer({ min: 1, max: 9 }), check));
  });
});

describe('category counts', () => {
  it.each(categoricalCases)('counts as pandas does and leaves out missing values: $name', ({ reference, freq }) => {
    const { counts, missing } = countCategories(reference);
    expect(freq.keys.map((key) => counts.get(key) ?? 0)).toEqual(freq.ref_counts);
    expect(missing).toBe(reference.filter((value) => value === null).length);
  });

  it('turns counts into shares and refuses to divide by no row', () => {
    expect(categoryShares([1, 3])).toEqual([0.25, 0.75]);
    expect(() => categoryShares([0, 0])).toThrow(RangeError);
  });
});
