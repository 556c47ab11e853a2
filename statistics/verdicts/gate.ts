import { durationMilliseconds } from '../../schemas/duration.js';
import { type GateAnswer, type GatePolicy, isSamePerson } from '../../schemas/index.js';

export type GateDecision =
  /** so many more people must approve */
  | { readonly kind: 'open'; readonly missing: number }
  | { readonly kind: 'approved'; readonly by: readonly string[] }
  | { readonly kind: 'rejected'; readonly by: string; readonly comment: string | null };

/**
 * What the answers at a gate come to. One rejection beats any number of approvals; each person counts once, and only
 * those whom the policy counts; an approval that has expired by `now` (milliseconds since 1970) does not.
 */
export function decideGate(policy: GatePolicy, answers: readonly GateAnswer[], now: number): GateDecision {
  const counted = answers.filter(({ by }) => whyNotCounted(policy, by) === null);
  const rejection = counted.find(({ decision }) => decision === 'reject');
  if (rejection) return { kind: 'rejected', by: rejection.by, comment: rejection.comment };
  const inTime = counted.filter(({ at }) => !isExpired(policy, at, now)).map(({ by }) => by);
  const by = inTime.filter((one, i) => inTime.findIndex((other) => isSamePerson(one, other)) === i);
  return by.length >= policy.quorum ? { kind: 'approved', by } : { kind: 'open', missing: policy.quorum - by.length };
}

/** Why a person's answer does not count; null where it does. */
export function whyNotCounted({ approvers, excluded }: GatePolicy, by: string): string | null {
  const isNamed = (one: string) => isSamePerson(one, by);
  if (excluded.some(isNamed)) return `${by} is excluded from deciding here`;
  if (approvers !== undefined && !approvers.some(isNamed)) return `${by} is not one of the approvers`;
  return null;
}

export function isExpired({ approvalsExpireAfter }: GatePolicy, at: string, now: number): boolean {
  return approvalsExpireAfter !== undefined && now - Date.parse(at) > durationMilliseconds(approvalsExpireAfter);
}
