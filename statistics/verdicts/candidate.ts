import { durationMilliseconds } from '../../schemas/duration.js';
import type { AnalysisPolicy, VersionTraffic } from '../../schemas/index.js';
import { binomialTail } from '../tests/binomial.js';

export interface CandidateVerdict {
  readonly passed: boolean;
  readonly reason: string;
  readonly requests: number;
}

/** What is known of a candidate and of the version beside it, over the same time. */
export interface CandidateSeen {
  readonly candidate: VersionTraffic | undefined;
  /** absent where nothing serves beside it: then there is nothing to compare with */
  readonly current: VersionTraffic | undefined;
  readonly elapsedMs: number;
}

/** With fewer answers than this a large share of failed ones may be chance, unless the policy asks for fewer. */
const tellingRequests = 10;
/** How often a check stops a candidate that is as good as the current version: at any look, and at the last one. */
const chance = { atEveryLook: 1e-4, atLast: 0.01 };

/**
 * Whether a candidate's answers are good enough; null while it is too early to say. Too many failures, and what chance
 * cannot explain, count at once; everything else once it has been looked at for the whole duration.
 */
export function judgeCandidate(policy: AnalysisPolicy, seen: CandidateSeen): CandidateVerdict | null {
  const requests = seen.candidate?.requests ?? 0;
  const verdict = (passed: boolean, reason: string) => ({ passed, reason, requests });
  const isLast = requests >= policy.minRequests && seen.elapsedMs >= durationMilliseconds(policy.duration);
  const fault = failing(policy, seen) ?? refusing(policy, seen, isLast) ?? slow(policy, seen, isLast);
  if (fault !== null) return verdict(false, fault);
  if (isLast) return verdict(true, inWords(seen));
  if (seen.elapsedMs < durationMilliseconds(policy.timeout)) return null;
  return verdict(
    false,
    `only ${requests} of ${policy.minRequests} of the candidate's answers within ${policy.timeout}${unheard(seen)}`,
  );
}

type Fault = string | null;

function failing(policy: AnalysisPolicy, { candidate }: CandidateSeen): Fault {
  const { requests = 0, errors = 0 } = candidate ?? {};
  const isTelling = requests >= policy.minRequests || requests >= tellingRequests;
  if (!isTelling || errors / Math.max(1, requests) <= policy.maxErrorShare) return null;
  return `${failures(candidate)}, allowed ${percent(policy.maxErrorShare)}`;
}

/**
 * A candidate that refuses what the current version answers (a new required column) fails its callers as surely as one
 * that breaks. The current share is taken with one more refusal of two more requests: few requests say little of it.
 */
function refusing({ maxRefusedShare }: AnalysisPolicy, { candidate, current }: CandidateSeen, isLast: boolean): Fault {
  const [of, beside] = [asked(candidate), asked(current)];
  if (of < tellingRequests || beside < tellingRequests) return null;
  const refused = candidate?.refused ?? 0;
  const allowed = Math.min(1, ((current?.refused ?? 0) + 1) / (beside + 2) + maxRefusedShare);
  if (binomialTail(refused, of, allowed) >= (isLast ? chance.atLast : chance.atEveryLook)) return null;
  return `${refusals(candidate)}, the current version ${percent(refusedShare(current))}; allowed ${percent(maxRefusedShare)} more`;
}

/** The p99 may be so many times that of the current version, or so much longer. Half of all answers later than that is no chance. */
function slow({ maxSlowdown, slowdownGrace }: AnalysisPolicy, seen: CandidateSeen, isLast: boolean): Fault {
  const { candidate, current } = seen;
  const usual = current?.p99Milliseconds ?? null;
  if (usual === null || (current?.requests ?? 0) < tellingRequests) return null;
  const allowed = Math.max(usual * maxSlowdown, usual + durationMilliseconds(slowdownGrace));
  const isTelling = (candidate?.requests ?? 0) >= 2 * tellingRequests;
  const surely = isTelling ? (candidate?.p50Milliseconds ?? 0) : 0;
  const likely = isLast ? (candidate?.p99AtLeastMilliseconds ?? 0) : 0;
  if (Math.max(surely, likely) <= allowed) return null;
  return `the slowest 1 % of the candidate's answers take ${inMs(candidate?.p99Milliseconds)}, those of the current version ${inMs(usual)}; allowed ${inMs(allowed)}`;
}

const asked = (traffic: VersionTraffic | undefined) => (traffic?.requests ?? 0) + (traffic?.refused ?? 0);

const refusedShare = (traffic: VersionTraffic | undefined) => (traffic?.refused ?? 0) / Math.max(1, asked(traffic));

function inWords({ candidate, current }: CandidateSeen): string {
  if (asked(candidate) === 0) return 'nobody asked while it was watched';
  const beside = current === undefined ? '' : `, those of the current version ${inMs(current.p99Milliseconds)}`;
  return `${failures(candidate)}, ${refusals(candidate)}, the slowest 1 % take ${inMs(candidate?.p99Milliseconds)}${beside}`;
}

const failures = ({ requests, errors } = { requests: 0, errors: 0 }) =>
  `${percent(errors / Math.max(1, requests))} of ${requests} of the candidate's answers failed`;

const refusals = (traffic: VersionTraffic | undefined) =>
  `it refused ${percent(refusedShare(traffic))} of ${asked(traffic)} requests`;

/** Why there were few answers, where there were requests. */
function unheard({ candidate }: CandidateSeen): string {
  const { refused = 0, unanswered = 0 } = candidate ?? {};
  return refused + unanswered === 0 ? '' : `; ${refused} refused, ${unanswered} given up by a busy server`;
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

const inMs = (ms: number | null | undefined) =>
  ms === null || ms === undefined ? 'unknown' : `${ms.toPrecision(3)} ms`;
