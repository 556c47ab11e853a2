import type { VersionTraffic } from '../../schemas/index.js';

const counters = ['requests', 'errors', 'refused', 'unanswered'] as const;
type Counts = { readonly [C in (typeof counters)[number]]: number };

/** What a candidate was seen to answer: a server counts from zero again when it is started anew. */
export interface CandidateWatch {
  /** milliseconds since 1970 */
  readonly since: number;
  /** in which nobody could look: a server that did not answer is no fault of the candidate */
  readonly awayMs: number;
  /** what was counted before the server last began to count anew */
  readonly before: Counts;
  /** the newest count */
  readonly last: VersionTraffic | null;
}

const none: Counts = { requests: 0, errors: 0, refused: 0, unanswered: 0 };

const sum = (a: Counts, b: Counts): Counts => ({
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
  refused: a.refused + b.refused,
  unanswered: a.unanswered + b.unanswered,
});

export const newWatch = (since: number): CandidateWatch => ({
  since,
  awayMs: 0,
  before: none,
  last: null,
});

export interface Look {
  readonly traffic: VersionTraffic | null;
  /** from asking to hearing, in milliseconds */
  readonly tookMs: number;
}

/** A look may take so long; what is beyond it is time in which nobody looked. */
const promptMs = 30_000;

/** The watch after one more look. A count that has shrunk was begun anew: what was seen before it is kept. */
export function watched(watch: CandidateWatch, { traffic, tookMs }: Look): CandidateWatch {
  const awayMs = watch.awayMs + Math.max(0, tookMs - promptMs);
  const { last, before } = watch;
  const isAnew = last !== null && counters.some((counter) => (traffic ?? none)[counter] < last[counter]);
  return { ...watch, awayMs, before: isAnew ? sum(before, last) : before, last: traffic };
}

const noTimes = { p50Milliseconds: null, p99Milliseconds: null, p99AtLeastMilliseconds: null };

/** All that was seen, as one count; its times are those of the newest. */
export function trafficOf({ before, last }: CandidateWatch, version: number): VersionTraffic {
  return { ...noTimes, ...last, version, ...sum(before, last ?? none) };
}

export const elapsedOf = ({ since, awayMs }: CandidateWatch, now: number): number => now - since - awayMs;

const shortestMs = 1000;

/**
 * How long until the next look: soon at first, then less and less often, at most `longestMs` apart, and once just when
 * the duration is over. After 40 s: every 10 s.
 */
export function nextLookMs(elapsedMs: number, { durationMs, longestMs }: { durationMs: number; longestMs: number }) {
  const regular = Math.max(shortestMs, Math.min(longestMs, elapsedMs / 4));
  const left = durationMs - elapsedMs;
  return left > 0 ? Math.min(regular, left) : regular;
}
