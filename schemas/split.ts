import { z } from 'zod';
import { Instant, Moment } from './primitives.js';

export const Split = z.union([
  /** instants, or times before the newest row of the dataset, like "-30 days" */
  z.strictObject({
    /** rows before go to training (if their label was known by then), rows from here on to validation */
    validationFrom: Moment,
    /** rows from here on to the final test */
    testFrom: Moment,
    /** rows from here on are left out */
    testTo: Moment.optional(),
  }),
  z.strictObject({
    validationShare: z.number().gt(0).lt(0.5).default(0.15),
    testShare: z.number().gt(0).lt(0.5).default(0.15),
  }),
]);
export type Split = z.infer<typeof Split>;

const count = z.number().int();
export const SplitRows = z.strictObject({ train: count, validation: count, test: count });

/** How the labelled rows were split. */
export const SplitReport = z.strictObject({
  /** by the time column, or, of a dataset without one, by a hash of the seed and the row's place */
  by: z.enum(['time', 'hash']),
  /** what the instants, shares or times before the newest row came to; null where rows are split by a hash */
  instants: z.strictObject({ validationFrom: Instant, testFrom: Instant, testTo: Instant.nullable() }).nullable(),
  /** in words, with the instants or shares that it came to */
  words: z.string(),
  /** labelled rows that are in none of the three, by why: their number */
  leftOut: z.strictObject({
    withoutTime: count,
    /** when the label became known is missing, or after the end of the split */
    labelNotKnownInTime: count,
    afterTest: count,
    /** more than `maxRows` in one split */
    sampledOut: count,
  }),
});
export type SplitReport = z.infer<typeof SplitReport>;
