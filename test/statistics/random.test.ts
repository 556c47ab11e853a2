import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleIndices, seededRandom, seededShuffle, xoshiro128StarStar } from '../../statistics/random.js';

const take = (count: number, next: () => number) => Array.from({ length: count }, next);

describe('seeded random numbers', () => {
  // The test vector of rand_xoshiro, made with the authors' C code.
  it('is xoshiro128** 1.1', () => {
    const expected = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ];
    expect(take(10, xoshiro128StarStar([1, 2, 3, 4]))).toEqual(expected);
  });

  it('gives the same stream on every machine', () => {
    expect(take(3, seededRandom(7))).toEqual([0.18261902523227036, 0.6693713904824108, 0.505254031624645]);
    expect(take(2, seededRandom('flights/2001-04'))).toEqual([0.8912133267149329, 0.7612836211919785]);
  });

  it('takes a number and its decimal text as one seed, and neighbours as different ones', () => {
    expect(take(5, seededRandom(7))).toEqual(take(5, seededRandom('7')));
    const firsts = take(1000, () => 0).map((_, seed) => seededRandom(seed)());
    expect(new Set(firsts).size).toBe(1000);
  });

  it('is uniform on [0, 1), within and across seeds', () => {
    const within = take(100_000, seededRandom('uniform'));
    const across = take(10_000, () => 0).map((_, seed) => seededRandom(seed)());
    for (const values of [within, across]) {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThan(1);
      const tenths = take(10, () => 0).map((_, k) => values.filter((value) => Math.floor(value * 10) === k).length);
      const expected = values.length / 10;
      const chiSquare = tenths.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chiSquare).toBeLessThan(33.7); // 1 in 10,000 at 9 degrees of freedom
    }
  });
});

describe('seeded shuffle', () => {
  it('keeps every item, leaves its input alone and repeats itself', () => {
    const check = (items: number[], seed: number) => {
      const before = [...items];
      const shuffled = seededShuffle(items, seed);
      expect(items).toEqual(before);
      expect(shuffled.map(String).sort()).toEqual(items.map(String).sort());
      expect(seededShuffle(items, seed)).toEqual(shuffled);
    };
    fc.assert(fc.property(fc.array(fc.integer()), fc.integer(), check));
  });

  it('gives every order of three items about equally often', () => {
    const orders = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const order = seededShuffle(['a', 'b', 'c'], seed).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('sample of indices', () => {
  it('has k distinct indices below n, ascending', () => {
    const check = (n: number, k: number, seed: number) => {
      const indices = sampleIndices(n, k, seededRandom(seed));
      expect(indices).toHaveLength(Math.min(k, n));
      indices.forEach((index, i) => {
        expect(index).toBeLessThan(n);
        expect(index).toBeGreaterThan(indices[i - 1] ?? -1);
      });
    };
    const size = fc.integer({ min: 0, max: 60 });
    fc.assert(fc.property(size, size, fc.integer(), check));
  });

  it('gives every set about equally often', () => {
    const random = seededRandom('sets');
    const sets = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const set = sampleIndices(4, 2, random).join();
      sets.set(set, (sets.get(set) ?? 0) + 1);
    }
    expect(sets.size).toBe(6);
    for (const count of sets.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
