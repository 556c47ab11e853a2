import { firstTooLarge } from '../../schemas/index.js';
import { columnGroups } from './column-groups.js';
import type { Database } from './database.js';
import { quoteName } from './sql-quote.js';

/** In which ways a type can hold a value that is none, in SQL over a column. */
type NoValues = Record<string, (column: string) => string>;

const noNumbers: NoValues = {
  NaN: (column) => `isnan(${column})`,
  infinite: (column) => `isinf(${column})`,
  'beyond 3.4e38, which no model can tell from infinity': (column) =>
    `isfinite(${column}) AND abs(${column}) >= ${firstTooLarge}`,
};
const noTexts: NoValues = { empty: (column) => `${column} = ''` };
const noTimes: NoValues = { infinite: (column) => `NOT isfinite(${column})` };

function noValuesOf(duckdbType: string): NoValues | null {
  if (/^(FLOAT|DOUBLE)$/.test(duckdbType)) return noNumbers;
  if (/^(DATE|TIMESTAMP.*)$/.test(duckdbType)) return noTimes;
  return duckdbType === 'VARCHAR' ? noTexts : null;
}

/** A number, in SQL; null where it is none. */
export const presentNumber = (number: string): string =>
  `CASE WHEN abs(${number}) < ${firstTooLarge} THEN ${number} END`;

/**
 * What is missing is null from here on, and nothing else is: not NaN, not infinity, no number beyond float32, no empty text.
 * Every later stage knows null alone. Tells what became null, and how often.
 */
export async function nullMissing(database: Database, table: string): Promise<string[]> {
  const described = await database.rows(`DESCRIBE ${table}`);
  const found: Missing[] = [];
  const open = described.flatMap((row) => {
    const noValues = noValuesOf(String(row.column_type));
    return noValues === null ? [] : [{ name: String(row.column_name), noValues }];
  });
  for (const some of columnGroups(open)) found.push(...(await countIn(database, table, some)));
  const replaced = open.filter(({ name }) => found.some((missing) => missing.name === name));
  if (replaced.length > 0) await database.run(`CREATE OR REPLACE TABLE ${table} AS ${withNulls(table, replaced)}`);
  return found.map(({ name, count, rows, what }) => `${count} of ${rows} "${name}" are ${what}, read as missing`);
}

interface Missing {
  readonly name: string;
  readonly count: number;
  readonly rows: number;
  readonly what: string;
}
interface Doubtful {
  readonly name: string;
  readonly noValues: NoValues;
}

async function countIn(database: Database, table: string, columns: readonly Doubtful[]): Promise<Missing[]> {
  const ways = columns.flatMap(({ name, noValues }) =>
    Object.entries(noValues).map(([what, isNone]) => ({ name, what, is: isNone(quoteName(name)) })),
  );
  const counts = ways.map(({ is }, at) => `count(*) FILTER (${is})::DOUBLE AS n${at}`).join(', ');
  const row = await database.row(`SELECT count(*)::DOUBLE AS rows, ${counts} FROM ${table}`);
  return ways
    .map(({ name, what }, at) => ({ name, what, rows: Number(row.rows), count: Number(row[`n${at}`]) }))
    .filter(({ count }) => count > 0);
}

function withNulls(table: string, columns: readonly Doubtful[]): string {
  const replaced = columns.map(({ name, noValues }) => {
    const column = quoteName(name);
    const isNone = Object.values(noValues)
      .map((is) => `(${is(column)})`)
      .join(' OR ');
    return `CASE WHEN NOT (${isNone}) THEN ${column} END AS ${column}`;
  });
  return `SELECT * REPLACE (${replaced.join(', ')}) FROM ${table}`;
}
