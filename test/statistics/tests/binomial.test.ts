import { describe, expect, it } from 'vitest';
import { binomialTail, tellingCount } from '../../../statistics/tests/binomial.js';

describe('a binomial count', () => {
  // 1 − 0.99^20, 1 − 0.99^20 − 20 · 0.01 · 0.99^19, and so on, by hand; the last two by symmetry and by 0.5^20
  it.each([
    [1, 20, 0.01, 0.1820930624027692],
    [2, 20, 0.01, 0.016859337635651783],
    [3, 20, 0.01, 0.0010035761681],
    [10, 19, 0.5, 0.5],
    [20, 20, 0.5, 9.5367431640625e-7],
    [0, 5, 0.2, 1],
    [6, 5, 0.2, 0],
  ])('of at least %d among %d with probability %d comes so often: %d', (k, n, p, expected) => {
    expect(binomialTail(k, n, p)).toBeCloseTo(expected, 9);
  });

  it('adds up to one from both sides of its mean', () => {
    for (const n of [7, 100, 5000])
      for (const k of [1, Math.floor(n * 0.3), Math.ceil(n * 0.3) + 1, n])
        expect(binomialTail(k, n, 0.3) + binomialTail(n - k + 1, n, 0.7)).toBeCloseTo(1, 9);
  });

  it.each([
    [1, 2],
    [10, 2],
    [20, 3],
    [100, 5],
    [1_000_000, 10_233],
  ])('of %d tells more than chance from %d on, for 1 % and one case in a hundred', (n, expected) => {
    const k = tellingCount(n, 0.01, 0.01);
    expect(Math.abs(k - expected)).toBeLessThanOrEqual(n === 1_000_000 ? 2 : 0);
    expect(binomialTail(k, n, 0.01)).toBeLessThan(0.01);
    expect(binomialTail(k - 1, n, 0.01)).toBeGreaterThanOrEqual(0.01 - 1e-12);
  });
});
