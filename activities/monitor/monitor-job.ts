import { z } from 'zod';
import { MonitorPolicy, MonitorResult } from '../../schemas/index.js';
import { LoggedWindow } from '../sql/jobs/window.js';

/** What a window is judged by, beside its rows: all of it is known before they are read. */
export const Circumstances = z.strictObject({
  policy: MonitorPolicy,
  /** in a row, up to this window */
  badWindowsBefore: z.number().int(),
  /** predictions that are in no window */
  leftOut: z.strictObject({ days: z.number().int(), rows: z.number().int() }),
  /** of the model's newest outcomes, those that count for nothing */
  unmatched: z.strictObject({
    unmatched: z.number().int(),
    lookedAt: z.number().int(),
    named: z.string().nullable(),
  }),
});
export type Circumstances = z.infer<typeof Circumstances>;

export const MonitorJob = z.strictObject({
  ...LoggedWindow.shape,
  circumstances: Circumstances,
  /** files, by version; the ledger does not know a version that has none */
  baselines: z.record(z.string(), z.string()),
});
export type MonitorJob = z.infer<typeof MonitorJob>;

const share = { baseline: z.number(), window: z.number() };
const Shares = z.strictObject(share);
const Histogram = z.strictObject({
  from: z.number(),
  width: z.number(),
  bins: z.array(Shares).readonly(),
  below: Shares,
  above: Shares,
});
const Spread = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('histogram'), histogram: Histogram }),
  z.strictObject({
    kind: z.literal('categories'),
    shown: z.array(z.strictObject({ label: z.string(), ...share })).readonly(),
    others: z.strictObject({ categories: z.number().int(), orMore: z.boolean(), ...share }).nullable(),
  }),
]);
const CalibrationPoint = z.strictObject({
  predicted: z.number(),
  observed: z.number(),
  low: z.number(),
  high: z.number(),
  rows: z.number().int(),
});
const rows = z.number().int();
const Detail = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('classes'),
    roc: z.array(z.strictObject({ falsePositiveRate: z.number(), truePositiveRate: z.number() })).readonly(),
    confusion: z.strictObject({
      threshold: z.number(),
      truePositives: rows,
      falsePositives: rows,
      trueNegatives: rows,
      falseNegatives: rows,
    }),
  }),
  z.strictObject({ kind: z.literal('errors'), errors: Histogram.nullable() }),
]);

/** What is judged, and what the page shows of it; null where the window holds no prediction. */
export const MonitorJobResult = z
  .strictObject({
    result: MonitorResult.omit({ report: true }),
    distributions: z.array(z.strictObject({ column: z.string(), spread: Spread.nullable() })),
    calibration: z.array(CalibrationPoint),
    detail: Detail.nullable(),
  })
  .nullable();
export type MonitorJobResult = z.infer<typeof MonitorJobResult>;
