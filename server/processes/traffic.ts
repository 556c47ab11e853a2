import type { VersionTraffic } from '../../schemas/index.js';

/**
 * What one process answered with one version. Latencies are counted in buckets that grow by 2^(1/8) (9 %), so that
 * the counts of several processes can be added and a percentile is within 5 %.
 */
export interface Traffic {
  /** answers by HTTP status */
  statuses: Record<string, number>;
  rows: number;
  secondsSum: number;
  /** bucket i holds latencies up to 2^(i/8) microseconds */
  buckets: number[];
}

/** One answer of a version, as HTTP tells it. */
export interface CountedAnswer {
  readonly status: number;
  readonly rows: number;
  readonly milliseconds: number;
}

const bucketsPerDoubling = 8;
const bucketCount = 27 * bucketsPerDoubling;

export function newTraffic(): Traffic {
  return { statuses: {}, rows: 0, secondsSum: 0, buckets: new Array<number>(bucketCount).fill(0) };
}

export function count(traffic: Traffic, { status, rows, milliseconds }: CountedAnswer): void {
  traffic.statuses[status] = (traffic.statuses[status] ?? 0) + 1;
  traffic.rows += rows;
  traffic.secondsSum += milliseconds / 1000;
  const bucket = bucketOf(milliseconds);
  traffic.buckets[bucket] = (traffic.buckets[bucket] ?? 0) + 1;
}

export function addTraffic(into: Traffic, more: Traffic): void {
  for (const [status, n] of Object.entries(more.statuses)) into.statuses[status] = (into.statuses[status] ?? 0) + n;
  into.rows += more.rows;
  into.secondsSum += more.secondsSum;
  for (let i = 0; i < into.buckets.length; i++) into.buckets[i] = (into.buckets[i] ?? 0) + (more.buckets[i] ?? 0);
}

/** A refused input (4xx) says nothing about the version, so it is neither a request nor an error of it. */
export function versionTraffic(version: number, traffic: Traffic): VersionTraffic {
  const answered = (from: number) =>
    Object.entries(traffic.statuses).reduce((sum, [status, n]) => (Number(status) >= from ? sum + n : sum), 0);
  const errors = answered(500);
  const requests = errors + (traffic.statuses['200'] ?? 0);
  return {
    version,
    requests,
    errors,
    p50Milliseconds: percentile(traffic, 0.5),
    p99Milliseconds: percentile(traffic, 0.99),
  };
}

/** Answers that took at most so long; to the nearest bucket. */
export function answersWithin(traffic: Traffic, seconds: number): number {
  const last = bucketOf(seconds * 1000);
  return traffic.buckets.slice(0, last + 1).reduce((sum, n) => sum + n, 0);
}

function bucketOf(milliseconds: number): number {
  const bucket = Math.ceil(Math.log2(milliseconds * 1000) * bucketsPerDoubling);
  return Math.min(bucketCount - 1, Math.max(0, bucket));
}

function percentile(traffic: Traffic, share: number): number | null {
  const total = traffic.buckets.reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  let seen = 0;
  const bucket = traffic.buckets.findIndex((n) => (seen += n) >= share * total);
  return 2 ** (bucket / bucketsPerDoubling) / 1000;
}
