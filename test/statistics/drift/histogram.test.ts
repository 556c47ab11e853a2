import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogram, pairedHistogram } from '../../../statistics/drift/histogram.js';

describe('a histogram', () => {
  it.each([
    ['shares', [0.01, 0.2, 0.4, 0.93], 0.05],
    ['flights', [100, 2400, 1800, 90], 100],
    ['whole numbers', [1, 2, 3, 4, 5, 6, 7, 8, 9], 1],
    ['large ones', [1e9, 3e9, 5e9], 2e8],
  ])('of %s has bins of a round width that begin at a multiple of it', (_, values, width) => {
    const found = histogram(values);
    expect(found?.width).toBeCloseTo(width, 9);
    expect(Math.abs((found?.from ?? 1) / width - Math.round((found?.from ?? 1) / width))).toBeLessThan(1e-9);
  });

  it('puts a long tail beside the axis', () => {
    const values = [...Array.from({ length: 999 }, (_, i) => i / 10), 1e6];
    const found = histogram(values);
    expect((found?.from ?? 0) + (found?.width ?? 0) * (found?.bins.length ?? 0)).toBeLessThan(200);
    expect(found?.above.window).toBeCloseTo(0.001, 4);
  });

  it('has one bin for a constant', () => {
    expect(histogram([5, 5, 5])?.bins).toEqual([{ baseline: 0, window: 1 }]);
    expect(histogram([0])?.bins).toEqual([{ baseline: 0, window: 1 }]);
  });

  it('compares both sides over the same bins', () => {
    const found = pairedHistogram([0, 0, 10], [0, 20]);
    expect(found?.bins[0]).toEqual({ baseline: 2 / 3, window: 0.5 });
    expect(found?.bins.at(-1)).toEqual({ baseline: 0, window: 0.5 });
  });

  it('holds every row once, whatever the numbers', () => {
    const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(numbers, numbers, (before, now) => {
        const found = pairedHistogram(before, now);
        if (found === null) return false;
        const all = [...found.bins, found.below, found.above];
        const sum = (side: 'baseline' | 'window') => all.reduce((total, shares) => total + shares[side], 0);
        return found.bins.length <= 30 && Math.abs(sum('baseline') - 1) < 1e-9 && Math.abs(sum('window') - 1) < 1e-9;
      }),
    );
  });
});
