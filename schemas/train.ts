import { z } from 'zod';
import { DatasetReference, DatasetSelector } from './dataset.js';
import { Digest, ModelName } from './primitives.js';
import { Split, SplitReport, SplitRows } from './split.js';
import { Task, taskFields } from './task.js';

/** How one raw column becomes one number the model sees. Inside the package these are ONNX nodes. */
export const Feature = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('numeric'),
    name: z.string(),
    column: z.string(),
    /** taken off in double before the number is rounded to float32: of values far from zero that lie close together */
    center: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal('boolean'),
    name: z.string(),
    column: z.string(),
    /** had a value in every training row: the model takes it as a boolean, and counts a missing one as false */
    complete: z.literal(true).optional(),
  }),
  z.strictObject({ kind: z.literal('minuteOfDay'), name: z.string(), column: z.string() }),
  z.strictObject({ kind: z.literal('dayOfWeek'), name: z.string(), column: z.string() }),
  /** smoothed mean of the label per category, of training rows only; unknown and missing give `fallback` */
  z.strictObject({
    kind: z.literal('targetMean'),
    name: z.string(),
    column: z.string(),
    categories: z.array(z.string()),
    means: z.array(z.number()),
    fallback: z.number(),
    /** taken off each mean in double before it is rounded to float32: of a label that may lie far from zero */
    center: z.number().optional(),
  }),
]);
export type Feature = z.infer<typeof Feature>;

export const RefusedFeature = z.strictObject({ column: z.string(), reason: z.string() });
export type RefusedFeature = z.infer<typeof RefusedFeature>;

export const BinaryMetrics = z.strictObject({
  rocAuc: z.number().nullable(),
  prAuc: z.number().nullable(),
  logLoss: z.number(),
  brier: z.number(),
  calibrationError: z.number(),
  meanPredicted: z.number(),
  meanObserved: z.number(),
  rows: z.number().int(),
});
export const RegressionMetrics = z.strictObject({
  rmse: z.number(),
  mae: z.number(),
  r2: z.number().nullable(),
  rows: z.number().int(),
});
/** The metrics of each task. */
export const taskMetrics = { binary: BinaryMetrics, regression: RegressionMetrics } as const satisfies Record<
  Task,
  z.ZodObject
>;
export const Metrics = z.union([taskMetrics.binary, taskMetrics.regression]);
export type Metrics = z.infer<typeof Metrics>;

/** What a search minimises or maximises; the direction belongs to the metric. */
export const Objective = z.enum(['logLoss', 'rocAuc', 'prAuc', 'brier', 'rmse', 'mae']);
export type Objective = z.infer<typeof Objective>;
export const objectiveDirection: Record<Objective, 'minimize' | 'maximize'> = {
  logLoss: 'minimize',
  rocAuc: 'maximize',
  prAuc: 'maximize',
  brier: 'minimize',
  rmse: 'minimize',
  mae: 'minimize',
};

export const ParameterValue = z.union([z.number(), z.string(), z.boolean()]);
export type ParameterValue = z.infer<typeof ParameterValue>;
export const Parameters = z.record(z.string(), ParameterValue);
export type Parameters = z.infer<typeof Parameters>;

export const Search = z.strictObject({
  /** names of registered trainers */
  trainers: z.array(z.string().min(1)).min(1).default(['baseline', 'linear', 'gbt']),
  trials: z.number().int().min(1).max(200).default(8),
  parallel: z.number().int().min(1).max(64).default(2),
  /** logLoss for a binary label, rmse for a number, when absent */
  objective: Objective.optional(),
  /** a fixed value, or a list to draw from, per trainer and parameter; the trainer's own space where absent */
  parameters: z
    .record(z.string(), z.record(z.string(), z.union([ParameterValue, z.array(ParameterValue)])))
    .default({}),
});
export type Search = z.infer<typeof Search>;

export const TrainInput = z.strictObject({
  model: ModelName,
  dataset: DatasetSelector,
  /** columns to learn from; every column that is neither label nor outcome when absent */
  features: z.array(z.string().min(1)).min(1).max(2000).optional(),
  split: Split.default({ validationShare: 0.15, testShare: 0.15 }),
  /** what the label is learnt as; told by the labelled dataset when absent */
  task: Task.optional(),
  search: Search.prefault({}),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  /** at most this many rows per split, drawn by the seed */
  maxRows: z.number().int().min(100).max(10_000_000).default(200_000),
});
/** As its sender writes it: what has a default may be left out. */
export type TrainInput = z.input<typeof TrainInput>;
/** As it stands after parsing, with its defaults. */
export type CheckedTrainInput = z.output<typeof TrainInput>;

/**
 * Prepared training data: for each split, each feature as float32[rows], one after the other, then the label as
 * float64[rows]; little-endian, splits in the order train, validation, test. NaN is missing.
 */
export const MatrixMeta = z.strictObject({
  ...taskFields,
  features: z.array(Feature),
  refused: z.array(RefusedFeature),
  rows: SplitRows,
  split: SplitReport,
  /** UTC ISO: no row from here on was learnt from or chosen by; null where the dataset has no time */
  testFrom: z.string().nullable(),
  matrixDigest: Digest,
  /** of the raw validation and test rows, as requests would bring them, in the order of the matrix */
  rowsDigest: Digest,
  /** the dataset's columns that a prediction request must carry, in order */
  signature: z.array(
    z.strictObject({ name: z.string(), type: z.enum(['number', 'integer', 'boolean', 'string', 'timestamp']) }),
  ),
  /** columns of the signature that had a value in every row that was learnt from */
  complete: z.array(z.string()),
  timeColumn: z.string().nullable(),
});
export type MatrixMeta = z.infer<typeof MatrixMeta>;

/** One draw of the search: the key is the digest of everything that decides its result. */
export const TrialSpec = z.strictObject({
  index: z.number().int(),
  trainer: z.string(),
  parameters: Parameters,
  seed: z.number().int(),
});
export type TrialSpec = z.infer<typeof TrialSpec>;

export const TrialResult = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('finished'),
    runId: z.string(),
    trial: TrialSpec,
    /** the run document: parameters, metrics, fitted model */
    runDigest: Digest,
    modelDigest: Digest,
    validation: Metrics,
    test: Metrics,
    seconds: z.number(),
  }),
  z.strictObject({ kind: z.literal('failed'), trial: TrialSpec, reason: z.string() }),
]);
export type TrialResult = z.infer<typeof TrialResult>;

export const TrainResult = z.strictObject({
  model: ModelName,
  dataset: DatasetReference,
  runId: z.string(),
  runDigest: Digest,
  modelDigest: Digest,
  metaDigest: Digest,
  ...taskFields,
  rows: SplitRows,
  split: SplitReport,
  trainer: z.string(),
  parameters: Parameters,
  objective: Objective,
  validation: Metrics,
  test: Metrics,
  /** the baseline trainer's test metrics, to compare with; null if it was not part of the search */
  baselineTest: Metrics.nullable(),
  beatsBaseline: z.boolean().nullable(),
  /** the first ones, as many as fit into a message; all stand in the blob of `metaDigest`, as do the refused */
  features: z.array(z.strictObject({ name: z.string(), kind: z.string(), column: z.string() })),
  featureCount: z.number().int(),
  refused: z.array(RefusedFeature),
  refusedCount: z.number().int(),
  trials: z.array(
    z.strictObject({
      index: z.number().int(),
      trainer: z.string(),
      runId: z.string().nullable(),
      objective: z.number().nullable(),
      reason: z.string().nullable(),
    }),
  ),
});
export type TrainResult = z.infer<typeof TrainResult>;
