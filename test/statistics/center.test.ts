import { expect, it } from 'vitest';
import { centerOf } from '../../statistics/center.js';

it.each([
  ['seconds of one minute', { low: 1_700_000_003, middle: 1_700_000_030, high: 1_700_000_057 }, 1_700_000_030],
  ['the same below zero', { low: -1_700_000_057, middle: -1_700_000_030, high: -1_700_000_003 }, -1_700_000_030],
  ['kelvin of one day', { low: 293.05, middle: 293.15, high: 293.25 }, 293.15],
  ['mostly one value', { low: 12.1, middle: 12.1, high: 12.1 }, 12.1],
  ['celsius', { low: -3.1, middle: 0.2, high: 4.7 }, null],
  ['mostly nothing', { low: 0, middle: 0, high: 0 }, null],
  ['prices', { low: 3.99, middle: 19.99, high: 250 }, null],
])('takes the middle off where most lie close together far from zero: %s', (_, middle, center) => {
  expect(centerOf(middle)).toBe(center);
});
