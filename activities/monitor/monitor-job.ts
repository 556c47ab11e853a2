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

const Bin = z.strictObject({ label: z.string(), baseline: z.number(), window: z.number() });

/** What is judged, and what the page shows of it; null where the window holds no prediction. */
export const MonitorJobResult = z
  .strictObject({
    result: MonitorResult.omit({ report: true }),
    distributions: z.array(
      z.strictObject({ column: z.string(), kind: z.enum(['numeric', 'categorical']), bins: z.array(Bin).readonly() }),
    ),
    calibration: z.array(z.strictObject({ predicted: z.number(), observed: z.number(), rows: z.number().int() })),
  })
  .nullable();
export type MonitorJobResult = z.infer<typeof MonitorJobResult>;
