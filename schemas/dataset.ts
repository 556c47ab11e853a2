import { z } from 'zod';
import { Column, DatasetName, Digest, Version } from './primitives.js';

/**
 * What a column of a labelled dataset is for. `outcome` columns were read by the label rule: they are known only after
 * the prediction and never become features.
 */
export const ColumnRoles = z.strictObject({
  label: z.string(),
  knownAt: z.string(),
  time: z.string().nullable(),
  outcome: z.array(z.string()),
});
export type ColumnRoles = z.infer<typeof ColumnRoles>;

export const DatasetPart = z.strictObject({
  digest: Digest,
  rows: z.number().int().min(0),
  sizeBytes: z.number().int(),
});
export type DatasetPart = z.infer<typeof DatasetPart>;

/**
 * A dataset version: Parquet parts in order. Its canonical JSON (RFC 8785) is what the dataset digest is taken of, so it
 * holds nothing that differs between two collections of the same content: no times, no ids, no file names.
 */
export const DatasetManifest = z.strictObject({
  format: z.literal('parquet'),
  /** the engine that wrote the bytes, e.g. "duckdb 1.5.6" */
  engine: z.string(),
  columns: z.array(Column).min(1),
  roles: ColumnRoles.nullable(),
  rows: z.number().int().min(0),
  parts: z.array(DatasetPart),
});
export type DatasetManifest = z.infer<typeof DatasetManifest>;

/** A dataset version as other stages name it. */
export const DatasetReference = z.strictObject({ name: DatasetName, version: Version, digest: Digest });
export type DatasetReference = z.infer<typeof DatasetReference>;

/** What a person or a script may write to name a dataset version: the newest when no version is given. */
export const DatasetSelector = z.strictObject({ name: DatasetName, version: Version.optional() });
export type DatasetSelector = z.infer<typeof DatasetSelector>;

/** One column in numbers. Numeric fields are null for columns that have no order or no mean. */
export const ColumnProfile = z.strictObject({
  name: z.string(),
  type: Column.shape.type,
  rows: z.number().int(),
  nulls: z.number().int(),
  approximateDistinct: z.number().int(),
  min: z.union([z.number(), z.string()]).nullable(),
  max: z.union([z.number(), z.string()]).nullable(),
  mean: z.number().nullable(),
  standardDeviation: z.number().nullable(),
});
export type ColumnProfile = z.infer<typeof ColumnProfile>;

/** What a message says of a column: how many, and no value of it. */
export const ColumnCounts = ColumnProfile.pick({
  name: true,
  type: true,
  rows: true,
  nulls: true,
  approximateDistinct: true,
});
export type ColumnCounts = z.infer<typeof ColumnCounts>;
