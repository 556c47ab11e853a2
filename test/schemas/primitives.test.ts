import { describe, expect, it } from 'vitest';
import { DurationText, Instant, instantOf, Moment } from '../../schemas/index.js';

describe('an instant', () => {
  it.each(['2001-02-28', '2000-02-29', '2001-04-18T06:00:00Z', '2001-04-18 23:59:59.999999'])('may be %s', (text) => {
    expect(Instant.safeParse(text).success).toBe(true);
  });

  it.each([
    '0000-01-01',
    '2001-02-30',
    '2001-02-29',
    '2001-13-01',
    '2001-00-10',
    '2001-01-01T25:00Z',
    '2001-01-01T10:61Z',
    'today',
  ])('is not %s: the ledger could not hold it', (text) => {
    expect(Instant.safeParse(text).success).toBe(false);
  });
});

describe('a moment', () => {
  const newest = Date.parse('2001-04-18T06:00:00.500Z');

  it.each([
    ['2001-02-28', '2001-02-28'],
    ['-90 days', '2001-01-18T06:00:00.500Z'],
    ['-1 day', '2001-04-17T06:00:00.500Z'],
    ['-2 weeks', '2001-04-04T06:00:00.500Z'],
    ['-36 hours', '2001-04-16T18:00:00.500Z'],
    ['-0 minutes', '2001-04-18T06:00:00.500Z'],
  ])('of %s comes to %s, given the newest row', (moment, instant) => {
    expect(instantOf(Moment.parse(moment), newest)).toBe(instant);
    expect(Instant.safeParse(instant).success).toBe(true);
  });

  it.each(['90 days', '-90', '-1.5 days', '- 3 days', '-3 months', '-3 days ago', '2001-02-30', 'yesterday'])(
    'is not "%s"',
    (text) => {
      expect(Moment.safeParse(text).success).toBe(false);
    },
  );
});

describe('a duration', () => {
  it.each(['500ms', '30 seconds', '1 day', '0 s', '3650 days', '1.5 hours'])('may be "%s"', (text) => {
    expect(DurationText.safeParse(text).success).toBe(true);
  });

  it.each(['3651 days', `${'9'.repeat(320)} days`, '999999999 weeks', '-1 s', 'soon', '5 parsecs'])(
    'is not "%s"',
    (text) => {
      expect(DurationText.safeParse(text).success).toBe(false);
    },
  );
});
