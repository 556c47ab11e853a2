import { describe, expect, it } from 'vitest';
import { AnalysisPolicy } from '../../../schemas/index.js';
import { judgeCandidate } from '../../../statistics/verdicts/candidate.js';

describe('a candidate', () => {
  const policy = AnalysisPolicy.parse({
    minRequests: 20,
    maxErrorShare: 0.01,
    duration: '10 seconds',
    timeout: '1 minute',
  });
  const traffic = (requests: number, errors: number) => ({
    version: 2,
    requests,
    errors,
    p50Milliseconds: 1,
    refused: 0,
    unanswered: 0,
    p99Milliseconds: 2,
    p99AtLeastMilliseconds: 2,
  });

  it.each([
    ['waits while its time runs', traffic(100, 0), 5_000, null],
    ['passes with enough answers after its time', traffic(100, 0), 10_000, true],
    ['waits for answers after its time', traffic(3, 0), 30_000, null],
    ['starves at its timeout and is not promoted', traffic(3, 0), 60_000, false],
    ['is not promoted without any answer', undefined, 60_000, false],
    ['fails at once with too many errors among enough answers', traffic(20, 5), 1_000, false],
    ['does not judge errors among a handful of answers', traffic(5, 1), 1_000, null],
    ['passes with errors below the allowed share', traffic(1000, 10), 10_000, true],
  ])('%s', (_, seen, elapsedMs, passed) => {
    expect(judgeCandidate(policy, seen, elapsedMs)?.passed ?? null).toBe(passed);
  });
});
