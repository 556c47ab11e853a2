import { z } from 'zod';
import { matching } from './matching.js';
import { ColumnType } from './primitives.js';

const character = z.string().length(1, 'must be one character');
const texts = z.array(z.string().max(100)).max(100);

/** Texts that mean "no value" where nobody says otherwise. */
export const missingTexts = ['', 'NA', 'N/A', 'null', 'NULL', 'NaN', 'nan'] as const;

/** How `strptime` writes a format: `%d/%m/%Y`. */
const timeFormat = matching(
  /^(?=.*%).{1,100}$/,
  'must be a format like "%d/%m/%Y" (%d day, %m month, %Y year, %H:%M:%S time)',
);

/**
 * How the text of a CSV is to be read. What is not said here is found out once over all files of the source, and told; what
 * stands here with a value in brackets is never guessed.
 */
export const CsvFormat = z
  .strictObject({
    /** `,` `;` `|` or a tab when found out */
    delimiter: character.optional(),
    /** [`"`]; the empty text: nothing is quoted */
    quote: z.string().max(1).optional(),
    /** [`"`] what stands before a quote inside a quoted text */
    escape: character.optional(),
    /** [true] the first record names the columns; else they are `column1`, `column2`, … */
    header: z.boolean().optional(),
    /** [utf-8, or what a byte order mark says] */
    encoding: z.enum(['utf-8', 'utf-16', 'latin-1', 'windows-1252']).optional(),
    /** [what the extension says: `.gz`, `.zst`] */
    compression: z.enum(['none', 'gzip', 'zstd']).optional(),
    /** [`.`] */
    decimal: z.enum(['.', ',']).optional(),
    /** [none] what stands between groups of three digits */
    thousands: character.optional(),
    dateFormat: timeFormat.optional(),
    timestampFormat: timeFormat.optional(),
    /** [UTC] of times that do not say one, like `Europe/Berlin` */
    timeZone: matching(/^[A-Za-z0-9_+/-]{1,60}$/, 'must be a time zone like "Europe/Berlin"').optional(),
    /** texts that mean "no value", quoted or not */
    nullValues: texts.optional(),
    /** [`true` in any letters] needs `falseValues` */
    trueValues: texts.min(1).optional(),
    falseValues: texts.min(1).optional(),
    /** [none] what a line begins with that is no record */
    comment: character.optional(),
    /** [0] lines before the header */
    skip: z.number().int().min(0).max(10_000).optional(),
  })
  .superRefine((csv, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if ((csv.trueValues === undefined) !== (csv.falseValues === undefined))
      wrong('trueValues', 'and falseValues are needed together');
    if (csv.thousands !== undefined && csv.thousands === (csv.decimal ?? '.'))
      wrong('thousands', 'must be another character than decimal');
    for (const field of ['delimiter', 'quote', 'escape', 'comment'] as const)
      if (/[^\t\x20-\x7e]/.test(csv[field] ?? '')) wrong(field, 'must be a tab or a printable ASCII character');
    if (csv.delimiter !== undefined && csv.delimiter === (csv.quote ?? '"'))
      wrong('delimiter', 'must be another character than quote');
  });
export type CsvFormat = z.infer<typeof CsvFormat>;

/** Types of columns by their names, as a person declares them; the others are found out. */
export const DeclaredColumns = z.record(z.string().min(1), ColumnType);
export type DeclaredColumns = z.infer<typeof DeclaredColumns>;
