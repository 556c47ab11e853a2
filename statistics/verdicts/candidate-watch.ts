import type { VersionTraffic } from '../../schemas/index.js';

/** What a candidate was seen to answer: a server counts from zero again when it is started anew. */
export interface CandidateWatch {
  /** milliseconds since 1970 */
  readonly since: number;
  /** in which nobody could look: a server that did not answer is no fault of the candidate */
  readonly awayMs: number;
  /** what was counted before the server last began to count anew */
  readonly before: { readonly requests: number; readonly errors: number };
  /** the newest count */
  readonly last: VersionTraffic | null;
}

export const newWatch = (since: number): CandidateWatch => ({
  since,
  awayMs: 0,
  before: { requests: 0, errors: 0 },
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
  const isAnew =
    last !== null && (traffic === null || traffic.requests < last.requests || traffic.errors < last.errors);
  const kept = isAnew ? { requests: before.requests + last.requests, errors: before.errors + last.errors } : before;
  return { ...watch, awayMs, before: kept, last: traffic };
}

/** All that was seen, as one count. */
export function trafficOf({ before, last }: CandidateWatch, version: number): VersionTraffic {
  const newest = last ?? { version, requests: 0, errors: 0, p50Milliseconds: null, p99Milliseconds: null };
  return { ...newest, requests: before.requests + newest.requests, errors: before.errors + newest.errors };
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
