import { z } from 'zod';

/** What a rollout waits for that no person answers: requests, or time. */
export const RolloutWait = z.strictObject({
  /** for people, like "3 of 20 answers of version 2" */
  what: z.string().max(200),
  /** UTC ISO: when it goes on, or gives up where answers are missing */
  until: z.string().max(40),
  /** how many answers it has, and needs; null where it waits for time alone */
  answers: z.strictObject({ given: z.number().int(), needed: z.number().int() }).nullable(),
});
export type RolloutWait = z.infer<typeof RolloutWait>;

/** `04:49Z`, with the day: a wait may be long. */
const minuteOf = (until: string): string => `${until.slice(0, 16).replace('T', ' ')}Z`;

/** The wait in one line, and what ends it sooner. */
export function waitInWords({ what, until, answers }: RolloutWait, model: string): string {
  if (answers === null || answers.given >= answers.needed) return `${what}, until ${minuteOf(until)}`;
  const send = `send some: POST /models/${model}/invocations (curl lines in the model server's /docs)`;
  return `${what}, gives up at ${minuteOf(until)}; ${send}`;
}

/** The same where room is short: what, and until when. */
export const waitInShort = ({ what, until }: RolloutWait): string => `${what} until ${minuteOf(until)}`;
