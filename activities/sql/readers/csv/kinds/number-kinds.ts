import type { CsvFormat } from '../../../../../schemas/index.js';
import { quoteText } from '../../../sql-quote.js';
import { type Kind, type Trimmed, trimmedKind } from './kind.js';

const pattern = String.raw`-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?`;
const shape = new RegExp(`^${pattern}$`);

/** Whole numbers that a BIGINT holds, written as it writes them: `02001`, `+1` and longer ones are other texts. */
export const integerKind = (csv: CsvFormat): Kind => trimmedKind((trimmed) => integers(csv, trimmed));

function integers(csv: CsvFormat, trimmed: Trimmed): Kind {
  const { plain, isGrouped } = spelling(csv, trimmed);
  return {
    type: 'integer',
    words: 'whole numbers',
    looks: (text) => /^-?(0|[1-9]\d{0,18})$/.test(readable(text, csv)),
    test: (text) => `${isGrouped(text)} AND TRY_CAST(${plain(text)} AS BIGINT)::VARCHAR = ${plain(text)}`,
    value: (text) => `TRY_CAST(${plain(text)} AS BIGINT)`,
  };
}

/**
 * Numbers that a double holds: one of more than 15 digits only if the double, written with as many, is the text again. A
 * whole number beyond BIGINT is an id, and no number.
 */
export const numberKind = (csv: CsvFormat): Kind => trimmedKind((trimmed) => numbers(csv, trimmed));

function numbers(csv: CsvFormat, trimmed: Trimmed): Kind {
  const { plain, isGrouped } = spelling(csv, trimmed);
  return {
    type: 'number',
    words: 'numbers',
    looks: (text) => shape.test(readable(text, csv)),
    test: (text) =>
      `${isGrouped(text)} AND regexp_full_match(${plain(text)}, '${pattern}') AND isfinite(TRY_CAST(${plain(text)} AS DOUBLE))
       AND CASE WHEN length(${plain(text)}) <= 15 AND NOT contains(lower(${plain(text)}), 'e') THEN true
       WHEN TRY_CAST(${plain(text)} AS DOUBLE)::VARCHAR = ${plain(text)} THEN true ELSE ${isExact(plain(text))} END`,
    value: (text) => `TRY_CAST(${plain(text)} AS DOUBLE)`,
  };
}

/** What a person who declared the type means: leading zeros, a plus and more digits than fit are taken too. */
export const declaredNumber = (csv: CsvFormat): Kind =>
  trimmedKind((trimmed) => {
    const { plain, isGrouped } = spelling(csv, trimmed);
    return {
      ...numbers(csv, trimmed),
      test: (text) =>
        `${isGrouped(text)} AND regexp_full_match(${plain(text)}, '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?') AND isfinite(TRY_CAST(${plain(text)} AS DOUBLE))`,
    };
  });

export const declaredInteger = (csv: CsvFormat): Kind =>
  trimmedKind((trimmed) => {
    const { plain, isGrouped } = spelling(csv, trimmed);
    return {
      ...integers(csv, trimmed),
      test: (text) =>
        `${isGrouped(text)} AND regexp_full_match(${plain(text)}, '[+-]?[0-9]+') AND TRY_CAST(${plain(text)} AS BIGINT) IS NOT NULL`,
    };
  });

/** The digits that count, of the text and of its double written with as many of them. */
function isExact(text: string): string {
  const mantissa = `regexp_replace(lower(${text}), 'e.*$', '')`;
  const digits = `ltrim(replace(ltrim(${mantissa}, '-'), '.', ''), '0')`;
  const written = `regexp_replace(split_part(format('{:.' || greatest(length(${digits}) - 1, 0) || 'e}', abs(TRY_CAST(${text} AS DOUBLE))), 'e', 1), '[^0-9]', '', 'g')`;
  const isId = `regexp_full_match(${text}, '-?[0-9]{19,}') AND TRY_CAST(${text} AS BIGINT) IS NULL`;
  const isZero = `(${digits} = '' AND TRY_CAST(${text} AS DOUBLE) = 0)`;
  return `NOT (${isId}) AND length(${digits}) <= 1000 AND (${isZero} OR ${written} = ${digits} OR ${significant(digits)} <= 15 AND TRY_CAST(${text} AS DOUBLE) <> 0)`;
}

/** Zeros at the end say nothing. */
const significant = (digits: string) => `length(rtrim(${digits}, '0'))`;

interface Spelling {
  /** the text as SQL writes numbers */
  plain(text: string): string;
  isGrouped(text: string): string;
}

/** Decimals and groups of three as the source writes them. */
function spelling({ decimal = '.', thousands }: CsvFormat, trimmed: Trimmed): Spelling {
  if (thousands === undefined && decimal === '.') return { plain: trimmed, isGrouped: () => 'true' };
  const escape = (character: string) => `[${character === '^' || character === '\\' ? `\\${character}` : character}]`;
  const group = thousands === undefined ? '' : `|[0-9]{1,3}(${escape(thousands)}[0-9]{3})+`;
  const whole = `[+-]?([0-9]*${group})(${escape(decimal)}[0-9]*)?([eE][+-]?[0-9]+)?`;
  const ungrouped = (text: string) =>
    thousands === undefined ? trimmed(text) : `replace(${trimmed(text)}, ${quoteText(thousands)}, '')`;
  return {
    isGrouped: (text) => `regexp_full_match(${trimmed(text)}, ${quoteText(whole)})`,
    plain: (text) => (decimal === '.' ? ungrouped(text) : `replace(${ungrouped(text)}, ',', '.')`),
  };
}

function readable(text: string, { decimal = '.', thousands }: CsvFormat): string {
  const ungrouped = thousands === undefined ? text.trim() : text.trim().replaceAll(thousands, '');
  if (decimal === '.') return ungrouped;
  return ungrouped.includes('.') ? '' : ungrouped.replace(',', '.');
}
