import { describe, expect, it } from 'vitest';
import { scheduleOffsetMs } from '../../../activities/schedules/offset.js';

const minute = 60_000;
const ids = Array.from({ length: 1000 }, (_, i) => `monitor/model-${i}/production/schedule`);

describe('the moment of a Schedule', () => {
  it('is the same each time, and spread over an hour after midnight for what runs daily', () => {
    const offsets = ids.map((id) => scheduleOffsetMs(id, '1 day'));
    expect(ids.map((id) => scheduleOffsetMs(id, '1 day'))).toEqual(offsets);
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(7 * minute);
    expect(Math.max(...offsets)).toBeLessThan(80 * minute);
    expect(new Set(offsets).size).toBeGreaterThan(700);
    const inFirstHalf = offsets.filter((offset) => offset < 43 * minute).length;
    expect(inFirstHalf).toBeGreaterThan(400);
    expect(inFirstHalf).toBeLessThan(600);
  });

  it('is 00:54:35 UTC for one model, whatever machine asks', () => {
    const offset = scheduleOffsetMs('monitor/flight-delay/production/schedule', '1 day');
    expect(new Date(offset).toISOString().slice(11, 19)).toBe('00:54:35');
  });

  it.each([
    ['1 second', 0, 0],
    ['30 seconds', 0, 1],
    ['10 minutes', 3, 33],
    ['1 hour', 18, 198],
    ['60 days', 25_920, 285_120],
  ])('lies in whole seconds well within %s', (every, from, to) => {
    const offset = scheduleOffsetMs('monitor/a/production/schedule', every) / 1000;
    expect(Number.isInteger(offset)).toBe(true);
    expect(offset).toBeGreaterThanOrEqual(from);
    expect(offset).toBeLessThanOrEqual(to);
  });
});
