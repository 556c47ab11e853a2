import { z } from 'zod';
import { ColumnCounts, DatasetReference } from './dataset.js';
import { BlobReference, Column, DatasetName, Digest, Instant, Moment } from './primitives.js';
import { Evolution, SchemaChange } from './source-schema.js';
import { SourceInput } from './sources.js';

export const severities = ['warn', 'quarantine', 'fail'] as const;
const severity = z.enum(severities).default('fail');
const column = z.string().min(1);

/** A rule that rows must keep. `warn` reports, `quarantine` sets the rows aside, `fail` stops the collection. */
export const Expectation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('type'), column, type: Column.shape.type, severity }),
  z.strictObject({
    kind: z.literal('range'),
    column,
    min: z.number().optional(),
    max: z.number().optional(),
    severity,
  }),
  z.strictObject({ kind: z.literal('notNull'), column, severity }),
  z.strictObject({ kind: z.literal('unique'), columns: z.array(column).min(1), severity }),
  z.strictObject({
    kind: z.literal('allowedValues'),
    column,
    values: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .min(1)
      .max(1000),
    severity,
  }),
  z.strictObject({
    kind: z.literal('rowCount'),
    min: z.number().int().min(0).optional(),
    max: z.number().int().min(0).optional(),
    severity: z.enum(['warn', 'fail']).default('fail'),
  }),
]);
export type Expectation = z.infer<typeof Expectation>;

/** What becomes of the rows that the sources hold. */
export const CollectRules = z.strictObject({
  /** one SELECT over the sources' names; needed when there are several sources */
  sql: z.string().min(1).max(20_000).optional(),
  /** a declared order makes equal content equal bytes; needed with `sql` */
  orderBy: z.array(column).min(1).optional(),
  /** keep rows with from <= column < to; "-90 days" counts from the newest time of the column */
  window: z.strictObject({ column, from: Moment.optional(), to: Moment.optional() }).optional(),
  expectations: z.array(Expectation).max(500).default([]),
  /** what becomes of a collection whose columns or types are not those that the dataset knows */
  evolution: Evolution.default('warn'),
  /** rows in one Parquet part */
  partRows: z.number().int().min(1000).max(5_000_000).default(500_000),
});
export type CollectRules = z.infer<typeof CollectRules>;

export const CollectInput = z
  .strictObject({
    dataset: DatasetName,
    sources: z.array(SourceInput).min(1).max(50),
    ...CollectRules.shape,
  })
  .refine((c) => c.sources.length <= 1 || c.sql !== undefined, {
    path: ['sql'],
    message: 'is needed to join several sources, e.g. "select * from flights join airports on …"',
  })
  .refine((c) => c.sql === undefined || c.orderBy !== undefined, {
    path: ['orderBy'],
    message: 'is needed with "sql": the columns whose order makes equal content equal bytes, e.g. ["departure"]',
  })
  .refine((c) => new Set(c.sources.map((s) => s.name.toLowerCase())).size === c.sources.length, {
    path: ['sources'],
    message: 'must have different names',
  });
/** As its sender writes it: what has a default may be left out. */
export type CollectInput = z.input<typeof CollectInput>;
/** As it stands after parsing, with its defaults. */
export type CheckedCollectInput = z.output<typeof CollectInput>;

export const ExpectationResult = z.strictObject({
  expectation: Expectation,
  passed: z.boolean(),
  failedRows: z.number().int(),
  /** in numbers, like "3 of 200 rows" */
  observed: z.string(),
});
export type ExpectationResult = z.infer<typeof ExpectationResult>;

export const ValidationReport = z.strictObject({
  passed: z.boolean(),
  rowsRead: z.number().int(),
  rowsQuarantined: z.number().int(),
  quarantineDigest: Digest.nullable(),
  /** in the order of the input; those that do not hold come first where not all of them fit into a message */
  results: z.array(ExpectationResult),
  /** all results with some of the values that break them, as JSON; null without expectations */
  report: BlobReference.nullable(),
});
export type ValidationReport = z.infer<typeof ValidationReport>;

/** What a window came to. */
export const ResolvedWindow = z.strictObject({ column, from: Instant.nullable(), to: Instant.nullable() });
export type ResolvedWindow = z.infer<typeof ResolvedWindow>;

export const CollectResult = z.strictObject({
  dataset: DatasetReference,
  rows: z.number().int(),
  /** null where none was asked for */
  window: ResolvedWindow.nullable(),
  /** the first ones, as many as fit into a message; all stand in the manifest, which is the blob of the version's digest */
  columns: z.array(Column),
  columnCount: z.number().int(),
  /** of the columns above, counts alone */
  profile: z.array(ColumnCounts),
  /** every figure of every column, as JSON */
  profileBlob: BlobReference,
  /** what nobody had said and was found out to read the sources, and what was changed: sentences for people, as many as fit */
  read: z.array(z.string()),
  /** in what the sources differ from what the dataset knew of them, as many as fit */
  schemaChanges: z.array(SchemaChange),
  validation: ValidationReport,
  /** false when the same content was collected before */
  isNew: z.boolean(),
});
export type CollectResult = z.infer<typeof CollectResult>;
