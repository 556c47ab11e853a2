import { z } from 'zod';
import { CsvFormat, DeclaredColumns } from './csv.js';
import { readGlob } from './glob.js';
import { adapterWord, isOtherKind } from './host-adapter.js';
import { matching } from './matching.js';

export const SourceFormat = z.enum(['csv', 'jsonl', 'parquet']);
export type SourceFormat = z.infer<typeof SourceFormat>;

/** The table that `sql` reads. */
export const SourceName = matching(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'must be an SQL name like "flights"');

/** Refused before anything is looked for: a glob is tried against every name below a folder. */
const globPath = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const glob = readGlob(text);
    if (typeof glob === 'string') context.addIssue({ code: 'custom', message: glob });
  });

export const JsonOptions = z.strictObject({
  /** where the list of records lies, key by key: "data.items"; the lines or the list of the file itself when absent */
  records: matching(/^[^.]+(\.[^.]+){0,9}$/, 'must be keys with dots between, like "data.items"').optional(),
});
export type JsonOptions = z.infer<typeof JsonOptions>;

/** Files of one shape, in the folders that the worker may read; `path` may be a glob. */
export const FileSource = z.strictObject({
  kind: z.literal('file').default('file'),
  name: SourceName,
  path: globPath,
  /** guessed from the extension when absent */
  format: SourceFormat.optional(),
  /** how the text is to be read, where it is a CSV */
  csv: CsvFormat.optional(),
  /** types of columns; a value that is none of its column's type ends the collection */
  columns: DeclaredColumns.optional(),
  /** where the records lie, where it is JSON */
  json: JsonOptions.optional(),
});
export type FileSource = z.infer<typeof FileSource>;

/** One entry for each kind of source that comes with us. */
const ours = [FileSource] as const;
const isOurs = (kind: string) => ours.some(({ shape }) => shape.kind.safeParse(kind).success);

/** A kind that a host's own adapter brings: that adapter checks its other fields when the collection starts. */
const HostSource = z
  .looseObject({ kind: adapterWord('file'), name: SourceName })
  .refine(({ kind }) => !isOurs(kind), isOtherKind);

export const SourceInput = z.union([...ours, HostSource]);
export type SourceInput = z.infer<typeof SourceInput>;
