import { z } from 'zod';
import { Digest, EnvironmentName, Instant, ModelName, Version } from './primitives.js';
import { Metrics } from './train.js';

/** Among the columns, the prediction: it moves when inputs move together, each by too little to notice. */
export const predictionColumn = '(prediction)';

/** When a window counts as drifted or decayed. Defaults: PSI 0.2 is the industry's "significant shift" (Siddiqi, 2006). */
export const MonitorPolicy = z.strictObject({
  psiThreshold: z.number().gt(0).default(0.2),
  /** fewer rows give no verdict: small samples raise false alarms */
  minRows: z.number().int().min(1).default(1000),
  /** allowed |mean predicted − mean observed|; of a number in standard deviations of its label at packaging */
  maxCalibrationGap: z.number().gt(0).default(0.03),
  /** allowed loss of ROC AUC against the test at packaging */
  maxAucLoss: z.number().gt(0).default(0.05),
  /** windows in a row that must be bad before retraining is asked for */
  patience: z.number().int().min(1).max(100).default(2),
});
export type MonitorPolicy = z.infer<typeof MonitorPolicy>;

export const MonitorInput = z.strictObject({
  model: ModelName,
  environment: EnvironmentName.default('production'),
  /** every data day that is due when absent */
  window: z.strictObject({ from: Instant, to: Instant }).optional(),
  policy: MonitorPolicy.prefault({}),
});
/** As its sender writes it: what has a default may be left out. */
export type MonitorInput = z.input<typeof MonitorInput>;
/** As it stands after parsing, with its defaults. */
export type CheckedMonitorInput = z.output<typeof MonitorInput>;

export const ColumnDrift = z.strictObject({
  column: z.string(),
  kind: z.enum(['numeric', 'categorical']),
  psi: z.number(),
  jensenShannon: z.number(),
  ksStatistic: z.number().nullable(),
  wasserstein: z.number().nullable(),
  chiSquare: z.number().nullable(),
  pValue: z.number().nullable(),
  missingShare: z.number(),
  /** rows with a value that were compared */
  rows: z.number().int(),
  /** whether they are enough to say anything: `drifted: false` alone does not mean steady */
  judged: z.boolean(),
  drifted: z.boolean(),
  reason: z.string(),
});
export type ColumnDrift = z.infer<typeof ColumnDrift>;

export const Verdict = z.enum(['healthy', 'drifted', 'decayed', 'tooFewRows', 'nothingToLookAt']);
export type Verdict = z.infer<typeof Verdict>;

export const MonitorResult = z.strictObject({
  model: ModelName,
  environment: EnvironmentName,
  version: Version.nullable(),
  window: z.strictObject({ from: z.string(), to: z.string() }).nullable(),
  predictions: z.number().int(),
  outcomes: z.number().int(),
  drift: z.array(ColumnDrift),
  driftedColumns: z.array(z.string()),
  quality: Metrics.nullable(),
  /** mean predicted − mean observed; null without outcomes */
  calibrationGap: z.number().nullable(),
  dataQuality: z.array(z.strictObject({ column: z.string(), missingShare: z.number() })),
  verdict: Verdict,
  reasons: z.array(z.string()),
  /** the bad windows in a row up to this one */
  badWindows: z.number().int(),
  retrainAsked: z.boolean(),
  report: z
    .strictObject({ htmlDigest: Digest, jsonDigest: Digest, uri: z.string(), url: z.string().nullable() })
    .nullable(),
});
export type MonitorResult = z.infer<typeof MonitorResult>;

/** What a run of `monitorModel` looked at, the oldest first; the rest of the result is that of the last window. */
export const MonitorRun = MonitorResult.extend({
  lookedAt: z.array(z.strictObject({ from: z.string(), to: z.string(), verdict: Verdict, retrainAsked: z.boolean() })),
  /** windows that could not be looked at, and why; they are due again */
  failed: z.array(z.strictObject({ from: z.string(), to: z.string(), reason: z.string() })),
});
export type MonitorRun = z.infer<typeof MonitorRun>;
