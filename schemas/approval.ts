import { z } from 'zod';
import { Actor, DurationText } from './primitives.js';

/** So many people at most: their answers travel in one payload with the rest of the state. */
const peopleLimit = 10;

/** Who is meant by a name: one person in whatever letters, as mail addresses and logins are written. */
const personOf = (by: string): string => by.trim().normalize('NFKC').toLowerCase();

export const isSamePerson = (one: string, other: string): boolean => personOf(one) === personOf(other);

/** What a gate asks for before a version may pass. Without any field: one person, whoever it is. */
export const GatePolicy = z
  .strictObject({
    /** how many distinct people must approve; one rejection is enough to reject */
    quorum: z.number().int().min(1).max(peopleLimit).default(1),
    /** the people whose answers count; everybody's when absent */
    approvers: z.array(Actor).min(1).max(100).optional(),
    /** people whose answers do not count, for example who asked for the version */
    excluded: z.array(Actor).max(100).default([]),
    /** an approval that is older than this when the quorum is reached does not count; none is too old when absent */
    approvalsExpireAfter: DurationText.optional(),
  })
  .refine(
    ({ quorum, approvers, excluded }) =>
      approvers === undefined ||
      new Set(approvers.filter((by) => !excluded.some((one) => isSamePerson(one, by))).map(personOf)).size >= quorum,
    { path: ['quorum'], message: 'Must not be larger than the number of approvers that are not excluded' },
  );
export type GatePolicy = z.infer<typeof GatePolicy>;

/** How it is known who answered: by the server that stamped the message, by a signature, or only by what it says. */
export const ProvenBy = z.enum(['temporal', 'signed', 'unsigned']);
export type ProvenBy = z.infer<typeof ProvenBy>;

/** One person's answer at a gate. */
export const GateAnswer = z.strictObject({
  by: z.string(),
  decision: z.enum(['approve', 'reject']),
  comment: z.string().nullable(),
  at: z.string(),
  provenBy: ProvenBy,
});
export type GateAnswer = z.infer<typeof GateAnswer>;

/** A gate that waits for people. */
export const Gate = z.strictObject({
  gate: z.string(),
  environment: z.string(),
  version: z.number().int(),
  modelDigest: z.string(),
  /** the digest of the package and of what is said for it: what an approval binds to */
  evidenceDigest: z.string(),
  /** the version's metrics, and a challenger's comparison */
  evidence: z.array(z.string()),
  openedAt: z.string(),
  /** the deployment that waits behind it */
  workflowId: z.string(),
  policy: GatePolicy,
  /** the answers that count so far */
  answers: z.array(GateAnswer),
  /** how many were given, those that have expired since among them */
  given: z.number().int().min(0),
});
export type Gate = z.infer<typeof Gate>;

/** `1 of 2 approvals`: how far a gate is. */
export const approvalsOf = ({ policy, answers }: Pick<Gate, 'policy' | 'answers'>): string =>
  `${answers.length} of ${policy.quorum} approvals`;

/** How far a gate is where more than one person is needed, in words; empty where one is enough. */
export function progressOf(gate: Pick<Gate, 'policy' | 'answers'>): string {
  const { policy, answers } = gate;
  if (policy.quorum === 1) return '';
  const who = answers.length === 0 ? '' : `: ${answers.map(({ by }) => by).join(', ')}`;
  return ` (${approvalsOf(gate)}${who})`;
}
