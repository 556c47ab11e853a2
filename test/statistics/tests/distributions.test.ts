import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquareSurvival, kolmogorovSurvival } from '../../../statistics/tests/distributions.js';
import { logGamma, upperIncompleteGamma } from '../../../statistics/tests/special-functions.js';
import { expectNear, golden } from '../golden.js';

const { chi2_sf, kstwobign_sf } = golden.distributions;

describe('survival functions', () => {
  it.each(chi2_sf)('equals scipy chi2.sf(%f, %i)', (x, degrees, expected) => {
    expectNear(chiSquareSurvival(x, degrees), expected, 1e-12);
  });

  it.each(kstwobign_sf)('equals scipy kstwobign.sf(%f)', (x, expected) => {
    expectNear(kolmogorovSurvival(x), expected, 1e-12);
  });

  // scipy 1.17.1, where 1 − cdf would give 0
  it('keeps the far tail', () => {
    expectNear(chiSquareSurvival(1500, 1000), 1.0454640385980825e-22, 1e-11);
    expectNear(chiSquareSurvival(1000, 10), 1.870290720915977e-208, 1e-12);
  });

  it('has the closed form e^(−x/2) at two degrees of freedom', () => {
    const check = (x: number) => expectNear(chiSquareSurvival(x, 2), Math.exp(-x / 2), 1e-12);
    fc.assert(fc.property(fc.double({ min: 0, max: 1000, noNaN: true }), check));
  });

  it('takes no degree of freedom as the constant zero', () => {
    expect(chiSquareSurvival(0, 0)).toBe(1);
    expect(chiSquareSurvival(1, 0)).toBe(0);
  });

  it('joins both Kolmogorov series without a step', () => {
    expectNear(kolmogorovSurvival(1 - 1e-12), kolmogorovSurvival(1), 1e-11);
    expect(kolmogorovSurvival(0)).toBe(1);
  });
});

describe('special functions', () => {
  it('knows factorials, halves and exponentials', () => {
    expectNear(logGamma(5), Math.log(24), 1e-14);
    expectNear(logGamma(0.5), Math.log(Math.PI) / 2, 1e-14);
    expectNear(upperIncompleteGamma(1, 3), Math.exp(-3), 1e-14);
  });

  it('ends where its argument ends', () => {
    expect([upperIncompleteGamma(2, 0), upperIncompleteGamma(2, Infinity)]).toEqual([1, 0]);
  });
});
