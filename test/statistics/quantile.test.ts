import { describe, expect, it } from 'vitest';
import { quantile } from '../../statistics/quantile.js';

describe('quantile', () => {
  it('is linear between neighbours, as numpy', () => {
    expect(quantile([1, 2, 10, 20], 0.5)).toBe(6);
    expect(quantile([1, 2, 10, 20], 0)).toBe(1);
    expect(quantile([1, 2, 10, 20], 1)).toBe(20);
    expect(quantile([7], 0.3)).toBe(7);
  });

  it('is exact between equal neighbours', () => {
    expect(quantile([0.1, 0.1, 0.1], 0.35)).toBe(0.1);
  });

  it('refuses to say anything of no value', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});
