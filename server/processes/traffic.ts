import type { VersionTraffic } from '../../schemas/index.js';
import { tellingCount } from '../../statistics/tests/binomial.js';

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
  judged: JudgedTraffic;
}

/** What speaks for or against a version, since it, or the candidate beside it, began to take traffic. */
export interface JudgedTraffic {
  answered: number;
  /** by the version's own doing; processes that it took down count too */
  failed: number;
  /** inputs that it refused */
  refused: number;
  /** given up because the server was busy */
  unanswered: number;
  /** of what was answered or failed */
  buckets: number[];
}

/** One answer of a version, as HTTP tells it. */
export interface CountedAnswer {
  readonly status: number;
  readonly rows: number;
  readonly milliseconds: number;
  /** the split chose the version, for an id that it had not heard before: nobody can vote for or against a version */
  readonly isJudged: boolean;
}

const bucketsPerDoubling = 8;
const bucketCount = 27 * bucketsPerDoubling;
const verdictAlpha = 0.01;

export function newTraffic(): Traffic {
  return { statuses: {}, rows: 0, secondsSum: 0, buckets: newBuckets(), judged: newJudged() };
}

/** A version begins to be judged anew; what it answered stays counted. */
export function judgeAnew(traffic: Traffic): void {
  traffic.judged = newJudged();
}

export function count(traffic: Traffic, { status, rows, milliseconds, isJudged }: CountedAnswer): void {
  const bucket = bucketOf(milliseconds);
  traffic.statuses[status] = (traffic.statuses[status] ?? 0) + 1;
  traffic.rows += rows;
  traffic.secondsSum += milliseconds / 1000;
  traffic.buckets[bucket] = (traffic.buckets[bucket] ?? 0) + 1;
  if (!isJudged) return;
  const { judged } = traffic;
  const kind = kindOf(status);
  judged[kind]++;
  if (kind === 'answered' || kind === 'failed') judged.buckets[bucket] = (judged.buckets[bucket] ?? 0) + 1;
}

export function addTraffic(into: Traffic, more: Traffic): void {
  for (const [status, n] of Object.entries(more.statuses)) into.statuses[status] = (into.statuses[status] ?? 0) + n;
  into.rows += more.rows;
  into.secondsSum += more.secondsSum;
  addBuckets(into.buckets, more.buckets);
  for (const kind of kinds) into.judged[kind] += more.judged[kind];
  addBuckets(into.judged.buckets, more.judged.buckets);
}

export function versionTraffic(version: number, { judged }: Traffic): VersionTraffic {
  return {
    version,
    requests: judged.answered + judged.failed,
    errors: judged.failed,
    refused: judged.refused,
    unanswered: judged.unanswered,
    p50Milliseconds: percentile(judged.buckets, 0.5),
    p99Milliseconds: percentile(judged.buckets, 0.99),
    p99AtLeastMilliseconds: p99AtLeast(judged.buckets),
  };
}

/** Answers that took at most so long; to the nearest bucket. */
export function answersWithin(traffic: Traffic, seconds: number): number {
  const last = bucketOf(seconds * 1000);
  return sum(traffic.buckets.slice(0, last + 1));
}

const kinds = ['answered', 'failed', 'refused', 'unanswered'] as const;

/** Whose doing an answer was. A busy server and a caller's own deadline say nothing about the version. */
function kindOf(status: number): (typeof kinds)[number] {
  if (status < 400) return 'answered';
  if (status < 500) return 'refused';
  return status === 503 || status === 504 ? 'unanswered' : 'failed';
}

function newJudged(): JudgedTraffic {
  return { answered: 0, failed: 0, refused: 0, unanswered: 0, buckets: newBuckets() };
}

function newBuckets(): number[] {
  return new Array<number>(bucketCount).fill(0);
}

function addBuckets(into: number[], more: readonly number[]): void {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) + (more[i] ?? 0);
}

function bucketOf(milliseconds: number): number {
  const bucket = Math.ceil(Math.log2(milliseconds * 1000) * bucketsPerDoubling);
  return Math.min(bucketCount - 1, Math.max(0, bucket));
}

function percentile(buckets: readonly number[], share: number): number | null {
  const total = sum(buckets);
  if (total === 0) return null;
  let seen = 0;
  return upTo(buckets.findIndex((n) => (seen += n) >= share * total));
}

/** The k-th slowest answer, where k slower ones than the true p99 come once in a hundred times: a bound of 99 %. */
function p99AtLeast(buckets: readonly number[]): number | null {
  const total = sum(buckets);
  const slow = tellingCount(total, 0.01, verdictAlpha);
  if (slow > total) return null;
  let seen = 0;
  return upTo(buckets.findLastIndex((n) => (seen += n) >= slow));
}

const sum = (buckets: readonly number[]) => buckets.reduce((total, n) => total + n, 0);

const upTo = (bucket: number) => 2 ** (bucket / bucketsPerDoubling) / 1000;
