import { describe, expect, it } from 'vitest';
import {
  type CandidateWatch,
  elapsedOf,
  newWatch,
  nextLookMs,
  trafficOf,
  watched,
} from '../../../statistics/verdicts/candidate-watch.js';

const counted = (requests: number, errors: number) => ({
  version: 2,
  requests,
  errors,
  refused: 0,
  unanswered: 0,
  p50Milliseconds: 1,
  p99Milliseconds: 2,
  p99AtLeastMilliseconds: 2,
});
const looks = (...counts: (readonly [number, number] | null)[]): CandidateWatch =>
  counts.reduce(
    (watch: CandidateWatch, count) => watched(watch, { traffic: count && counted(...count), tookMs: 20 }),
    newWatch(0),
  );
const sum = (watch: CandidateWatch) => {
  const { requests, errors } = trafficOf(watch, 2);
  return [requests, errors];
};

describe('what a candidate was seen to answer', () => {
  it.each([
    { what: 'nothing before the first answer', counts: [null], requests: 0, errors: 0 },
    {
      what: 'the newest count while it grows',
      counts: [
        [10, 0],
        [25, 1],
      ],
      requests: 25,
      errors: 1,
    },
    {
      what: 'both counts when the server began anew',
      counts: [
        [25, 1],
        [5, 0],
      ],
      requests: 30,
      errors: 1,
    },
    {
      what: 'both when only the errors show it',
      counts: [
        [25, 3],
        [25, 1],
      ],
      requests: 50,
      errors: 4,
    },
    {
      what: 'all of them over two new beginnings',
      counts: [
        [25, 1],
        [5, 1],
        [9, 1],
        [2, 2],
      ],
      requests: 36,
      errors: 4,
    },
    {
      what: 'what was counted when the server forgot the version',
      counts: [[25, 1], null, [4, 0]],
      requests: 29,
      errors: 1,
    },
  ] as const)('is $what', ({ counts, requests, errors }) => {
    expect(sum(looks(...counts))).toEqual([requests, errors]);
  });

  it('leaves out the time in which the server did not answer', () => {
    const watch = watched(newWatch(1000), { traffic: null, tookMs: 90_000 });
    expect(elapsedOf(watch, 101_000)).toBe(40_000);
    expect(elapsedOf(watched(newWatch(1000), { traffic: null, tookMs: 29_000 }), 101_000)).toBe(100_000);
  });
});

describe('the next look', () => {
  it.each([
    [0, 1000],
    [8000, 2000],
    [40_000, 10_000],
    [59_500, 500],
    [60_000, 15_000],
    [600_000, 15_000],
  ])('after %d ms of a minute comes in %d ms', (elapsedMs, inMs) => {
    expect(nextLookMs(elapsedMs, { durationMs: 60_000, longestMs: 15_000 })).toBe(inMs);
  });
});
