import type { Database } from '../../database.js';
import { keyOf } from '../../schema/keep-types.js';
import { isoFormat } from '../../schema/time-formats.js';
import { quoteName } from '../../sql-quote.js';

/** ISO 8601 with at most microseconds; without a zone it is UTC, as everywhere in this system. */
const isoTime = String.raw`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?)?`;
const fewRows = 2048;
const columnsAtOnce = 50;

interface ReadTimes {
  readonly told: string[];
  /** by the column's key, how its times are written */
  readonly formats: ReadonlyMap<string, string>;
}

/** Makes times of those text columns that hold nothing else, and tells which. */
export async function readTimes(database: Database, table: string, columns: readonly string[]): Promise<ReadTimes> {
  const maybe = await allTimes(database, `(FROM ${table} LIMIT ${fewRows})`, columns);
  const times = await allTimes(database, table, maybe);
  const formats = new Map<string, string>();
  for (const name of times) formats.set(keyOf(name), await formatOf(database, table, quoteName(name)));
  for (const name of times) {
    const column = quoteName(name);
    await database.run(
      `ALTER TABLE ${table} ALTER ${column} TYPE TIMESTAMP USING (CAST(${withSeconds(column)} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`,
    );
  }
  const told =
    times.length === 0
      ? []
      : [`${times.map((name) => `"${name}"`).join(', ')}: read as UTC times, because every text is one (ISO 8601)`];
  return { told, formats };
}

async function formatOf(database: Database, table: string, column: string): Promise<string> {
  const isZoned = `regexp_full_match(${column}, '.{16}.*(Z|[+-]\\d{2}(:?\\d{2})?)')`;
  const { all, some } = await database.row(
    `SELECT bool_and(${isZoned}) AS "all", bool_or(${isZoned}) AS some FROM ${table} WHERE ${column} IS NOT NULL`,
  );
  return all === true ? isoFormat.zoned : some === true ? isoFormat.mixed : isoFormat.plain;
}

/** The columns that have a value in `from`, and no value that is no time. */
async function allTimes(database: Database, from: string, columns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let start = 0; start < columns.length; start += columnsAtOnce) {
    const group = columns.slice(start, start + columnsAtOnce);
    const row = await database.row(
      `SELECT ${group.map((name, at) => `${isAlways(quoteName(name))} AS a${at}`).join(', ')} FROM ${from}`,
    );
    found.push(...group.filter((_, at) => row[`a${at}`] === true));
  }
  return found;
}

function isAlways(column: string): string {
  const isTime = `regexp_full_match(${column}, '${isoTime}') AND NOT starts_with(${column}, '0000') AND TRY_CAST(${withSeconds(column)} AS TIMESTAMPTZ) IS NOT NULL`;
  return `count(${column}) > 0 AND bool_and(${column} IS NULL OR (${isTime}))`;
}

/** DuckDB takes a zone behind seconds alone. */
const withSeconds = (column: string): string => `regexp_replace(${column}, '^(.{16})(Z|[+-].*)$', '\\1:00\\2')`;
