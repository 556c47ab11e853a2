import { describe, expect, it } from 'vitest';
import { RequestRefused } from '../../../server/http/request-refused.js';
import { isoTime, valueCheck } from '../../../server/model/column-values.js';

const check = valueCheck({ name: 'at', type: 'timestamp' });

describe('a time', () => {
  it.each([
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T23:59:59.999Z', '2000-02-29T23:59:59.999Z'],
    ['2023-12-31 06:30', '2023-12-31T06:30:00.000Z'],
    ['2023-03-01T00:30:00+01:00', '2023-02-28T23:30:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
  ])('that is on the calendar is taken: %s', (text, expected) => {
    expect(isoTime(check(text, 0) as number)).toBe(expected);
  });

  it.each([
    '2023-02-29',
    '2023-02-31',
    '1900-02-29T00:00:00Z',
    '2023-04-31T06:00:00Z',
    '2023-13-01',
    '2023-00-10',
    '2023-01-00',
    '2023-01-32',
    '2023-01-01T24:00:00Z',
    '2023-01-01T12:60:00Z',
    '2023-01-01T12:00:60Z',
    '2023-01-01T12:00:00+25:00',
    '2023-01-01T12:00:00+01:75',
    '0000-01-01',
    '2023-1-1',
    'yesterday',
  ])('that is on no calendar and no clock is refused: %s', (text) => {
    expect(() => check(text, 0)).toThrow(RequestRefused);
  });
});
