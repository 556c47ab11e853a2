import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wassersteinDistance } from '../../../statistics/drift/wasserstein.js';
import { expectNear, numbers, numericCases } from '../golden.js';

const sample = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 30 });

describe('Wasserstein distance', () => {
  it.each(numericCases)('equals scipy wasserstein_distance: $name', ({ reference, current, scipy }) => {
    expectNear(wassersteinDistance(numbers(reference), numbers(current)), scipy.wasserstein, 1e-12);
  });

  it('is the mean move between sorted samples of equal size', () => {
    expect(wassersteinDistance([0, 1, 3], [5, 6, 8])).toBe(5);
    expect(wassersteinDistance([3, 0, 1], [8, 6, 5])).toBe(5);
  });

  it('leaves out missing and infinite values and refuses an empty side', () => {
    expect(wassersteinDistance([0, Number.NaN], [2, Infinity])).toBe(2);
    expect(() => wassersteinDistance([], [1])).toThrow('the reference has no finite value');
  });

  it('is symmetric, zero for itself, moves with a shift and grows with the unit', () => {
    const check = (a: number[], b: number[], shift: number) => {
      expectNear(wassersteinDistance(a, b), wassersteinDistance(b, a), 1e-9, 1);
      expect(wassersteinDistance(a, a)).toBe(0);
      const moved = a.map((value) => value + shift);
      expectNear(wassersteinDistance(a, moved), Math.abs(shift), 1e-9, 1);
      const tripled = wassersteinDistance(
        a.map((value) => 3 * value),
        b.map((value) => 3 * value),
      );
      expectNear(tripled, 3 * wassersteinDistance(a, b), 1e-9, 1);
    };
    fc.assert(fc.property(sample, sample, fc.integer({ min: -50, max: 50 }), check));
  });
});
