import { describe, expect, it } from 'vitest';
import { differenceInWords } from '../../../statistics/verdicts/difference-in-words.js';

describe('a difference in words', () => {
  it.each([
    [{ difference: 0.0074, low: 0.0021, high: 0.013 }, 'better by 0.0074 (95 %: 0.0021 to 0.0130)'],
    [{ difference: -0.0095, low: -0.017, high: -0.002 }, 'worse by 0.0095 (95 %: 0.0020 to 0.0170)'],
    [
      { difference: -0.0002, low: -0.005, high: 0.0046 },
      'no clear difference (95 %: worse by 0.0050 to better by 0.0046)',
    ],
    [{ difference: 0, low: 0, high: 0 }, 'no difference'],
  ])('of %o is %s', (difference, words) => {
    expect(differenceInWords(difference)).toBe(words);
  });
});
