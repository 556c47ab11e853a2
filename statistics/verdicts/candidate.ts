import { durationMilliseconds } from '../../schemas/duration.js';
import type { AnalysisPolicy, VersionTraffic } from '../../schemas/index.js';

export interface CandidateVerdict {
  readonly passed: boolean;
  readonly reason: string;
  readonly requests: number;
}

/** With fewer answers than this a large share of failed ones may be chance, unless the policy asks for fewer. */
const tellingRequests = 10;

/**
 * Whether a candidate's answers are good enough; null while it is too early to say. Too many failures count at once,
 * everything else once it has been looked at for the whole duration.
 */
export function judgeCandidate(
  policy: AnalysisPolicy,
  traffic: VersionTraffic | undefined,
  elapsedMs: number,
): CandidateVerdict | null {
  const requests = traffic?.requests ?? 0;
  const errorShare = requests === 0 ? 0 : (traffic?.errors ?? 0) / requests;
  const shares = inWords(requests, errorShare);
  const enough = requests >= policy.minRequests;
  if (errorShare > policy.maxErrorShare && (enough || requests >= tellingRequests))
    return { passed: false, reason: `${shares}, allowed ${policy.maxErrorShare * 100} %`, requests };
  if (enough && elapsedMs >= durationMilliseconds(policy.duration)) return { passed: true, reason: shares, requests };
  if (elapsedMs < durationMilliseconds(policy.timeout)) return null;
  const reason = `only ${requests} of ${policy.minRequests} of the candidate's answers within ${policy.timeout}`;
  return { passed: false, reason, requests };
}

const inWords = (requests: number, errorShare: number) =>
  requests === 0
    ? 'nobody asked while it was watched'
    : `${(errorShare * 100).toFixed(2)} % of ${requests} of the candidate's answers failed`;
