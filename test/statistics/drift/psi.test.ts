import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jensenShannonDistance } from '../../../statistics/drift/distances.js';
import { binShares, decileBins, populationStabilityIndex } from '../../../statistics/drift/psi.js';
import { categoricalCases, expectNear, numbers, numericCases } from '../golden.js';

const shares = fc
  .array(fc.integer({ min: 0, max: 1000 }), { minLength: 8, maxLength: 8 })
  .filter((counts) => counts.some((count) => count > 0))
  .map((counts) => counts.map((count) => count / counts.reduce((a, b) => a + b)));

describe('decile bins', () => {
  it.each(numericCases)('finds the edges and shares numpy finds: $name', ({ reference, current, deciles }) => {
    const edges = decileBins(numbers(reference));
    expect(edges).toHaveLength(deciles.edges.length);
    edges.forEach((edge, i) => expectNear(edge, deciles.edges[i]!, 1e-14));
    expect(binShares(edges, numbers(reference))).toEqual(deciles.ref);
    expect(binShares(edges, numbers(current))).toEqual(deciles.cur);
  });

  it('puts a value equal to an edge into the bin below it', () => {
    expect(binShares([5], [4, 5, 6, 7])).toEqual([0.5, 0.5]);
  });

  it('leaves out missing and infinite values', () => {
    expect(binShares([0], [Number.NaN, Infinity, -Infinity, 1])).toEqual([0, 1]);
    expect(decileBins([Number.NaN, 5, Infinity])).toEqual([5]);
  });

  it('refuses a column without any value', () => {
    expect(() => decileBins([Number.NaN])).toThrow(RangeError);
    expect(() => binShares([1], [])).toThrow(RangeError);
  });
});

describe('distances of shares', () => {
  it.each(numericCases)('equals the reference values over deciles: $name', ({ deciles }) => {
    expectNear(populationStabilityIndex(deciles.ref, deciles.cur), deciles.psi, 1e-12);
    expectNear(jensenShannonDistance(deciles.ref, deciles.cur), deciles.js_distance_ln, 1e-12);
  });

  it.each(categoricalCases)('equals the reference values over categories: $name', ({ freq }) => {
    const share = (counts: number[]) => counts.map((count) => count / counts.reduce((a, b) => a + b));
    const [ref, cur] = [share(freq.ref_counts), share(freq.cur_counts)];
    expectNear(populationStabilityIndex(ref, cur), freq.psi, 1e-12);
    expectNear(jensenShannonDistance(ref, cur), freq.js_distance_ln, 1e-12);
  });

  it('gives the worked example of the index: −0.25·ln 0.5 + 0.25·ln 1.5', () => {
    expectNear(populationStabilityIndex([0.5, 0.5], [0.25, 0.75]), 0.25 * Math.log(3), 1e-14);
  });

  it('raises an empty bin to 1e-4, so that the index stays finite', () => {
    expectNear(populationStabilityIndex([1, 0], [0, 1]), 2 * 0.9999 * Math.log(1e4), 1e-14);
  });

  it('refuses shares over different numbers of bins', () => {
    expect(() => populationStabilityIndex([1], [0.5, 0.5])).toThrow('1 and 2 bins');
    expect(() => jensenShannonDistance([1], [0.5, 0.5])).toThrow(RangeError);
  });

  it('is never negative, symmetric, and zero for equal shares', () => {
    const distances = [populationStabilityIndex, jensenShannonDistance];
    const check = (p: number[], q: number[]) => {
      for (const distance of distances) {
        expect(distance(p, q)).toBeGreaterThanOrEqual(0);
        expectNear(distance(p, q), distance(q, p), 1e-12, 1e-6);
        expect(distance(p, p)).toBe(0);
      }
    };
    fc.assert(fc.property(shares, shares, check));
  });

  it('keeps Jensen–Shannon within √ln 2 and the triangle inequality', () => {
    const check = (p: number[], q: number[], r: number[]) => {
      const direct = jensenShannonDistance(p, r);
      expect(direct).toBeLessThanOrEqual(Math.sqrt(Math.LN2) + 1e-12);
      expect(direct).toBeLessThanOrEqual(jensenShannonDistance(p, q) + jensenShannonDistance(q, r) + 1e-7);
    };
    fc.assert(fc.property(shares, shares, shares, check));
  });
});
