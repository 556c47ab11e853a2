import { describe, expect, it } from 'vitest';
import { encodeRows } from '../../../activities/onnx/raw-columns.js';

const one = (feature: Parameters<typeof encodeRows>[0][number], values: (number | string | boolean | null)[]) => [
  ...(encodeRows([feature], { c: values })[0] ?? []),
];
const of = { name: 'f', column: 'c' };

describe('encodeRows', () => {
  it('rounds numbers once to float32; missing, infinite and too large are NaN', () => {
    expect(
      one({ kind: 'numeric', ...of }, [
        0.1,
        16777217,
        16777219,
        null,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        3.5e38,
        -0,
      ]),
    ).toEqual([0.10000000149011612, 16777216, 16777220, Number.NaN, Number.NaN, Number.NaN, Number.NaN, -0]);
  });

  it('takes booleans as 1 and 0', () => {
    expect(one({ kind: 'boolean', ...of }, [true, false, null])).toEqual([1, 0, Number.NaN]);
  });

  it('takes minute and weekday in UTC, also before 1970', () => {
    const times = [
      '2001-04-18T06:07:59.999Z',
      '1970-01-01T00:00:00Z',
      '1969-12-31T23:59:59.999Z',
      '2001-01-07T12:00:00Z',
    ].map((t) => Date.parse(t));
    expect(one({ kind: 'minuteOfDay', ...of }, [...times, null])).toEqual([367, 0, 1439, 720, Number.NaN]);
    expect(one({ kind: 'dayOfWeek', ...of }, [...times, null])).toEqual([3, 4, 3, 0, Number.NaN]);
  });

  it('gives unknown and missing categories the fallback', () => {
    const feature = {
      kind: 'targetMean' as const,
      ...of,
      categories: ['a', 'Łódź'],
      means: [0.25, 0.5],
      fallback: 0.125,
    };
    expect(one(feature, ['Łódź', 'a', 'b', null, ''])).toEqual([0.5, 0.25, 0.125, 0.125, 0.125]);
  });
});
