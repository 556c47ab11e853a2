import { z } from 'zod';
import { ColumnType } from './primitives.js';

/** A column of a source as the dataset knows it. */
export const PinnedColumn = z.strictObject({
  name: z.string().min(1),
  /** `nested`: what has no place in a dataset, and only "sql" takes values from; null while it never held a value */
  type: z.enum([...ColumnType.options, 'nested']).nullable(),
  /** how times are written, like "%d/%m/%Y", "ISO 8601" or "ISO 8601 with a zone"; null for what is no time */
  timeFormat: z.string().nullable(),
});
export type PinnedColumn = z.infer<typeof PinnedColumn>;
export type PinnedType = NonNullable<PinnedColumn['type']>;

/** How one source was read: what its later collections are read by. */
export const SourceSchema = z.strictObject({
  source: z.string(),
  /** what was said of the format (`csv`, `json`), as canonical JSON; null where nothing was */
  options: z.string().nullable(),
  columns: z.array(PinnedColumn),
});
export type SourceSchema = z.infer<typeof SourceSchema>;

/**
 * What becomes of a collection whose sources are no longer what the dataset knows. `fail`: nothing is collected. `warn`: it is
 * read as it stands, every change is told, and the dataset goes on to know what it knew, so that the next one is told too.
 * `adapt`: the same, and what came is what the dataset knows from now on.
 */
export const Evolution = z.enum(['fail', 'warn', 'adapt']);
export type Evolution = z.infer<typeof Evolution>;

/** In what a source differs from what the dataset knows of it. */
export const SchemaChange = z.strictObject({
  source: z.string(),
  /** `options`: something else was said of its format, which is told once */
  kind: z.enum(['added', 'removed', 'retyped', 'reordered', 'options']),
  /** null for `reordered` and `options`, which are of all columns */
  column: z.string().nullable(),
  /** the type, with the format of its times where that is what changed, or the options; null where there is none */
  was: z.string().nullable(),
  is: z.string().nullable(),
  /** the first value of a CSV that is not of the known type, like "trips.csv: line 7"; null where nobody knows */
  first: z.string().nullable(),
});
export type SchemaChange = z.infer<typeof SchemaChange>;
