import { z } from 'zod';
import {
  CollectRules,
  Column,
  ColumnProfile,
  ColumnRoles,
  CsvFormat,
  DeclaredColumns,
  ExpectationResult,
  Instant,
  JsonOptions,
  LabelResult,
  MatrixMeta,
  ResolvedWindow,
  SchemaChange,
  SourceFormat,
  SourceSchema,
  Task,
  TrainInput,
} from '../../schemas/index.js';

/** What one SQL job may use. Resident memory is `memoryMb` plus 1 GB for what DuckDB does not count; disk is all of its folder. */
export const SqlLimits = z.strictObject({
  memoryMb: z.number().int().min(64).default(1024),
  threads: z.number().int().min(1).default(2),
  spillMb: z.number().int().min(1).default(20_000),
  diskMb: z.number().int().min(1).default(20_000),
  deadlineSeconds: z.number().gt(0).default(900),
});
export type SqlLimits = z.infer<typeof SqlLimits>;

const job = { directory: z.string(), limits: SqlLimits };

export const SourceFiles = z.strictObject({
  name: z.string(),
  format: SourceFormat,
  /** what was said of a CSV */
  csv: CsvFormat.optional(),
  columns: DeclaredColumns.optional(),
  json: JsonOptions.optional(),
  /** what the dataset knows of it; read for the first time when absent */
  pinned: SourceSchema.optional(),
  files: z.array(z.string()).min(1),
});
export type SourceFiles = z.infer<typeof SourceFiles>;

/** A dataset version on the local disk: its parts in order. */
export const DatasetFiles = z.strictObject({ columns: z.array(Column), files: z.array(z.string()) });
export type DatasetFiles = z.infer<typeof DatasetFiles>;

/** What labellers said: one line a row of a dataset, `row`, `label`, `known_at` and perhaps `labeller`. */
export const AnswerFile = z.strictObject({ path: z.string(), format: SourceFormat, labeller: z.string() });
export type AnswerFile = z.infer<typeof AnswerFile>;

export const CollectJob = z.strictObject({
  ...job,
  kind: z.literal('collect'),
  sources: z.array(SourceFiles),
  rules: CollectRules,
});
export type CollectJob = z.infer<typeof CollectJob>;

/** An SQL rule over a dataset's columns. */
export const RuleJob = z.strictObject({
  ...job,
  kind: z.literal('rule'),
  dataset: DatasetFiles,
  rule: z.string(),
  /** answers without that column when absent */
  knownAt: z.string().optional(),
});
export type RuleJob = z.infer<typeof RuleJob>;

export const LabelJob = z.strictObject({
  ...job,
  kind: z.literal('label'),
  dataset: DatasetFiles,
  answers: AnswerFile,
  roles: ColumnRoles,
  asOf: Instant.nullable(),
  /** when labels became known that no answer says it of, where the rows have no time either */
  collectedAt: Instant,
  /** what the input says that the label is */
  task: Task.nullable(),
});
export type LabelJob = z.infer<typeof LabelJob>;

const labelled = { dataset: DatasetFiles, roles: ColumnRoles, input: TrainInput };
export const MatrixJob = z.strictObject({ ...job, ...labelled, kind: z.literal('matrix') });
export type MatrixJob = z.infer<typeof MatrixJob>;

/** Raw rows of one split: for examples, baselines, and comparing the packaged model with the trainer. */
export const SampleJob = z.strictObject({
  ...job,
  ...labelled,
  kind: z.literal('sample'),
  split: z.enum(['train', 'validation', 'test']),
  columns: z.array(z.string()).min(1),
  count: z.number().int().min(1).max(10_000),
});
export type SampleJob = z.infer<typeof SampleJob>;

/** Segments of the prediction log → what they hold of one model and time, in columns. */
export const CompactJob = z.strictObject({
  ...job,
  kind: z.literal('compact'),
  model: z.string(),
  environment: z.string(),
  window: z.strictObject({ from: z.string(), to: z.string() }),
  segments: z.array(z.string()).min(1),
});
export type CompactJob = z.infer<typeof CompactJob>;

/** What a file holds and what a label rule makes of it, for a person who begins. */
export const InspectJob = z.strictObject({
  ...job,
  kind: z.literal('inspect'),
  source: SourceFiles,
  rule: z.string().nullable(),
});
export type InspectJob = z.infer<typeof InspectJob>;

export const DuckdbJob = z.discriminatedUnion('kind', [
  CollectJob,
  RuleJob,
  LabelJob,
  MatrixJob,
  SampleJob,
  CompactJob,
  InspectJob,
]);
export type DuckdbJob = z.infer<typeof DuckdbJob>;

/** What a new dataset version holds: everything of its manifest but the digests of its parts. */
export const VersionContent = z.strictObject({
  engine: z.string(),
  columns: z.array(Column),
  rows: z.number().int(),
  parts: z.array(z.strictObject({ file: z.string(), rows: z.number().int() })),
  profile: z.array(ColumnProfile),
});
export type VersionContent = z.infer<typeof VersionContent>;

/** With some of the values that break the rule, which no message carries on. */
export const CheckedExpectation = ExpectationResult.extend({ samples: z.array(z.string()) });
export type CheckedExpectation = z.infer<typeof CheckedExpectation>;

export const CollectJobResult = z.strictObject({
  content: VersionContent,
  window: ResolvedWindow.nullable(),
  rowsRead: z.number().int(),
  rowsQuarantined: z.number().int(),
  quarantineFile: z.string().nullable(),
  results: z.array(CheckedExpectation),
  /** what was found out to read the sources: sentences without values of the data */
  read: z.array(z.string()),
  /** what later collections of each source are held against */
  schemas: z.array(SourceSchema),
  changes: z.array(SchemaChange),
});
export type CollectJobResult = z.infer<typeof CollectJobResult>;

export const RuleJobResult = z.strictObject({ file: z.string(), outcomeColumns: z.array(z.string()) });
export type RuleJobResult = z.infer<typeof RuleJobResult>;

export const LabelJobResult = z.strictObject({
  content: VersionContent,
  ...LabelResult.pick({
    unlabelled: true,
    label: true,
    labelledBy: true,
    knownAtFrom: true,
    withoutTime: true,
    withoutKnownAt: true,
    task: true,
    taskReason: true,
  }).shape,
});
export type LabelJobResult = z.infer<typeof LabelJobResult>;

export const MatrixJobResult = z.strictObject({
  file: z.string(),
  rowsFile: z.string(),
  meta: MatrixMeta.omit({ matrixDigest: true, rowsDigest: true }),
});
export type MatrixJobResult = z.infer<typeof MatrixJobResult>;

export const CompactJobResult = z.strictObject({ file: z.string(), rows: z.number().int() });
export type CompactJobResult = z.infer<typeof CompactJobResult>;

/** Raw values column by column: timestamps as epoch milliseconds, null for missing. */
export const RawRows = z.record(z.string(), z.array(z.union([z.number(), z.string(), z.boolean(), z.null()])));
export type RawRows = z.infer<typeof RawRows>;

export const InspectedColumn = z.strictObject({
  ...Column.shape,
  missing: z.number().int(),
  distinct: z.number().int(),
  /** of a text column, how many of its values are numbers */
  numbers: z.number().int(),
  /** of its values that are none, the most frequent ones */
  others: z.array(z.string()),
  /** whole numbers, each once and without a gap */
  isRunning: z.boolean(),
});
export type InspectedColumn = z.infer<typeof InspectedColumn>;

export const InspectedLabel = z.strictObject({
  labelType: LabelResult.shape.labelType,
  distinct: z.number().int(),
  unlabelled: z.number().int(),
  /** the share of true labels, or the mean of numbers; null for categories */
  mean: z.number().nullable(),
  /** the columns that the rule reads */
  reads: z.array(z.string()),
});
export type InspectedLabel = z.infer<typeof InspectedLabel>;

export const InspectJobResult = z.strictObject({
  rows: z.number().int(),
  columns: z.array(InspectedColumn),
  /** what was found out to read the file */
  notes: z.array(z.string()),
  label: InspectedLabel.nullable(),
});
export type InspectJobResult = z.infer<typeof InspectJobResult>;
