import { z } from 'zod';

const SetAside = z.object({ file: z.string(), rows: z.number().int(), why: z.string() });

const OneLogStatus = z.object({
  /** complete, and not shipped yet */
  pendingSegments: z.number().int(),
  /** what keeps it from being shipped, since when */
  trouble: z.object({ why: z.string(), since: z.string() }).nullable(),
  /** wrong in itself, as it was found */
  setAside: z.array(SetAside),
});
export type OneLogStatus = z.infer<typeof OneLogStatus>;

/** What the control port answers of the model server's log: predictions and true outcomes that are not in the ledger. */
export const LogStatus = z.object({ predictions: OneLogStatus, outcomes: OneLogStatus, isFull: z.boolean() });
export type LogStatus = z.infer<typeof LogStatus>;

/** What was given back to the log, to be shipped again. */
export const ShippedAgain = z.object({ predictions: z.array(SetAside), outcomes: z.array(SetAside) });
export type ShippedAgain = z.infer<typeof ShippedAgain>;
