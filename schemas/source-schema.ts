import { z } from 'zod';
import { ColumnType } from './primitives.js';

/** A column of a source as the dataset knows it. */
export const PinnedColumn = z.strictObject({
  name: z.string().min(1),
  /** null while it never held a value */
  type: ColumnType.nullable(),
  /** how the texts of a CSV are times, like "%d/%m/%Y" or "ISO 8601"; null for what is no time, or whose file has times */
  timeFormat: z.string().nullable(),
});
export type PinnedColumn = z.infer<typeof PinnedColumn>;

/** How the columns of one source were read, in their order: what its later collections are read by. */
export const SourceSchema = z.strictObject({ source: z.string(), columns: z.array(PinnedColumn) });
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
  kind: z.enum(['added', 'removed', 'retyped', 'reordered']),
  /** null for `reordered`, which is of all columns */
  column: z.string().nullable(),
  /** the type, with the format of its times where that is what changed; null where there is none */
  was: z.string().nullable(),
  is: z.string().nullable(),
  /** the first value that is not of the known type, like "trips.csv: line 7"; null where nobody knows */
  first: z.string().nullable(),
});
export type SchemaChange = z.infer<typeof SchemaChange>;
