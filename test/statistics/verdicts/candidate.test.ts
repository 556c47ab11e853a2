import { describe, expect, it } from 'vitest';
import { AnalysisPolicy, type VersionTraffic } from '../../../schemas/index.js';
import { judgeCandidate } from '../../../statistics/verdicts/candidate.js';

const policy = AnalysisPolicy.parse({
  minRequests: 20,
  maxErrorShare: 0.01,
  duration: '10 seconds',
  timeout: '1 minute',
});
const of = (requests: number, more: Partial<VersionTraffic> = {}): VersionTraffic => ({
  version: 2,
  requests,
  errors: 0,
  refused: 0,
  unanswered: 0,
  p50Milliseconds: 1,
  p99Milliseconds: 2,
  p99AtLeastMilliseconds: 2,
  ...more,
});
const current = of(1000, { version: 1 });
const whole = 10_000;

describe('a candidate', () => {
  it.each<[string, VersionTraffic | undefined, number, boolean | null]>([
    ['waits while its time runs', of(100), 5_000, null],
    ['passes with enough answers after its time', of(100), whole, true],
    ['waits for answers after its time', of(3), 30_000, null],
    ['starves at its timeout and is not promoted', of(3), 60_000, false],
    ['is not promoted without any answer', undefined, 60_000, false],
    ['fails at once with too many errors among enough answers', of(20, { errors: 5 }), 1_000, false],
    ['does not judge errors among a handful of answers', of(5, { errors: 1 }), 1_000, null],
    ['passes with errors below the allowed share', of(1000, { errors: 10 }), whole, true],
    ['is not judged by what a busy server gave up', of(100, { unanswered: 500 }), whole, true],
  ])('%s', (_, candidate, elapsedMs, passed) => {
    expect(judgeCandidate(policy, { candidate, current, elapsedMs })?.passed ?? null).toBe(passed);
  });
});

describe('a candidate that refuses requests', () => {
  const refusing = (requests: number, refused: number) => of(requests, { refused });

  it.each<[string, VersionTraffic, VersionTraffic | undefined, number, boolean | null]>([
    ['fails at once where the current version answers them', refusing(50, 450), current, 1_000, false],
    ['fails at once where it answers none at all', refusing(0, 40), current, 1_000, false],
    ['fails at the end with a share that is clearly larger', refusing(180, 20), current, whole, false],
    ['waits with such a share: it may get better', refusing(180, 20), current, 1_000, null],
    ['passes with a few more than the current version', refusing(198, 6), current, whole, true],
    ['passes where callers send as much nonsense to both', refusing(50, 50), refusing(450, 450), whole, true],
    ['passes beside a version that nobody asked', refusing(50, 50), of(0), whole, true],
    ['passes where nothing serves beside it', refusing(50, 50), undefined, whole, true],
  ])('%s', (_, candidate, beside, elapsedMs, passed) => {
    expect(judgeCandidate(policy, { candidate, current: beside, elapsedMs })?.passed ?? null).toBe(passed);
  });

  it('may refuse as much as its policy allows', () => {
    const lenient = { ...policy, maxRefusedShare: 1 };
    expect(judgeCandidate(lenient, { candidate: refusing(50, 450), current, elapsedMs: whole })?.passed).toBe(true);
  });
});

describe('a candidate that is slow', () => {
  const taking = (p50: number, p99: number, atLeast: number | null = p99) =>
    of(100, { p50Milliseconds: p50, p99Milliseconds: p99, p99AtLeastMilliseconds: atLeast });

  it.each<[string, VersionTraffic, VersionTraffic | undefined, number, boolean | null]>([
    ['fails at the end when its slowest answers take too long', taking(1, 9000), current, whole, false],
    ['waits with them while its time runs', taking(1, 9000), current, 1_000, null],
    ['fails at once when half of its answers do', taking(900, 9000), current, 1_000, false],
    ['passes with one slow answer, which may be chance', taking(1, 9000, 3), current, whole, true],
    ['passes within the grace', taking(1, 21), current, whole, true],
    ['fails beyond the grace', taking(1, 23), current, whole, false],
    ['passes at twice the time of a slow version', taking(50, 390), taking(50, 200), whole, true],
    ['fails above that', taking(50, 410), taking(50, 200), whole, false],
    ['passes where nothing serves beside it', taking(900, 9000), undefined, whole, true],
    ['passes beside a version that was hardly asked', taking(900, 9000), of(5), whole, true],
  ])('%s', (_, candidate, beside, elapsedMs, passed) => {
    expect(judgeCandidate(policy, { candidate, current: beside, elapsedMs })?.passed ?? null).toBe(passed);
  });
});

describe('a verdict', () => {
  it.each<[string, VersionTraffic, number, string]>([
    [
      'what was looked at',
      of(100, { refused: 1 }),
      whole,
      "0.00 % of 100 of the candidate's answers failed, it refused 0.99 % of 101 requests, the slowest 1 % take 2.00 ms, those of the current version 2.00 ms",
    ],
    [
      'why there were too few answers',
      of(3, { unanswered: 40 }),
      60_000,
      "only 3 of 20 of the candidate's answers within 1 minute; 0 refused, 40 given up by a busy server",
    ],
  ])('says %s', (_, candidate, elapsedMs, reason) => {
    expect(judgeCandidate(policy, { candidate, current, elapsedMs })?.reason).toBe(reason);
  });
});
