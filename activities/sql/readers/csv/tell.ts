import type { Database } from '../../database.js';
import { quoteName } from '../../sql-quote.js';
import type { ColumnPlan } from './infer.js';
import { stringKind } from './kinds/kind.js';
import { numberKind } from './kinds/number-kinds.js';

/** What was found out of the columns, in sentences without values of the data. */
export async function toldOf(database: Database, table: string, plans: readonly ColumnPlan[]): Promise<string[]> {
  const notes: string[] = [];
  for (const { name, kind, isDeclared, pinned, sample } of plans) {
    if (kind?.note !== undefined) notes.push(`${name}: ${kind.note}`);
    if (kind !== stringKind || isDeclared || !isAlmostNumber(sample)) continue;
    const note = await almostNumber(database, table, name);
    if (note !== null) notes.push(note);
    else if (pinned === stringKind) notes.push(`${name} is text, as the dataset knows it: ${remedy}`);
  }
  return notes;
}

const remedy = 'every value is a number, and "columns" makes it one';

/** A longer text is no number, and no pattern need look at it. */
const longestValue = 1000;

const isAlmostNumber = (sample: readonly string[]) =>
  sample.filter((text) => text.length < longestValue && /^[-+]?[.,]*\d[\d.,]*([eE][-+]?\d+)?\s*%?$/.test(text.trim()))
    .length *
    2 >
  sample.length;

async function almostNumber(database: Database, table: string, name: string): Promise<string | null> {
  const column = quoteName(name);
  const isNumber = numberKind({}).test(column);
  const row = await database.row(
    `SELECT count(${column})::DOUBLE AS n, count(*) FILTER (${isNumber})::DOUBLE AS numbers,
     min(rowid) FILTER (${column} IS NOT NULL AND NOT coalesce(${isNumber}, false))::DOUBLE AS "first",
     arg_min(left(${column}, 100), rowid) FILTER (${column} IS NOT NULL AND NOT coalesce(${isNumber}, false)) AS text FROM ${table}`,
  );
  if (typeof row.first !== 'number') return null;
  const where = `row ${row.first + 1} ${whyNoNumber(String(row.text))}`;
  return `${name} is text: ${Number(row.numbers)} of ${Number(row.n)} values are numbers; ${where}`;
}

/** No value is told, but for the words that people write where there is none. */
function whyNoNumber(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return 'says blanks';
  if (
    /^([-?.*_#]{1,5}|#?n\/?a!?|#(div\/0|ref|value|num|name)[!?]|none|nil|null|missing|unknown|inf|infinity|nan)$/i.test(
      trimmed,
    )
  )
    return `says ${trimmed}`;
  if (/^[-+]?0\d/.test(trimmed)) return 'begins with 0';
  if (/^\+/.test(trimmed)) return 'begins with +';
  if (/^-?\d[\d.]{15,}$/.test(trimmed)) return 'has more digits than a number keeps';
  if (/^-?[\d.,]+$/.test(trimmed))
    return 'has commas: say "csv": {"thousands": …} or {"decimal": ","} where they belong to numbers';
  return 'is none';
}
