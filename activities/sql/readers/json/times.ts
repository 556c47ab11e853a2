import { columnGroups } from '../../column-groups.js';
import type { Database } from '../../database.js';
import { keyOf } from '../../same-name.js';
import { isoFormat } from '../../schema/time-formats.js';
import { quoteName } from '../../sql-quote.js';

/** ISO 8601 with at most microseconds; without a zone it is UTC, as everywhere in this system. */
const isoTime = String.raw`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?)?`;
const fewRows = 2048;

interface ReadTimes {
  readonly told: string[];
  /** by the column's key, how its times are written */
  readonly formats: ReadonlyMap<string, string>;
}

/** Makes times of those text columns that hold nothing else, and tells which. */
export async function readTimes(database: Database, table: string, columns: readonly string[]): Promise<ReadTimes> {
  const maybe = await allTimes(database, `(FROM ${table} LIMIT ${fewRows})`, columns);
  const times = await allTimes(database, table, maybe);
  const formats = await formatsOf(database, table, times);
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

async function formatsOf(database: Database, table: string, times: readonly string[]): Promise<Map<string, string>> {
  const formats = new Map<string, string>();
  for (const group of columnGroups(times)) {
    const zoned = group.map((name) => `regexp_full_match(${quoteName(name)}, '.{16}.*(Z|[+-]\\d{2}(:?\\d{2})?)')`);
    const asked = zoned.flatMap((isZoned, at) => [`bool_and(${isZoned}) AS a${at}`, `bool_or(${isZoned}) AS s${at}`]);
    const row = await database.row(`SELECT ${asked.join(', ')} FROM ${table}`);
    for (const [at, name] of group.entries()) formats.set(keyOf(name), formatOf(row[`a${at}`], row[`s${at}`]));
  }
  return formats;
}

function formatOf(all: unknown, some: unknown): string {
  if (all === true) return isoFormat.zoned;
  return some === true ? isoFormat.mixed : isoFormat.plain;
}

/** The columns that have a value in `from`, and no value that is no time. */
async function allTimes(database: Database, from: string, columns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const group of columnGroups(columns)) {
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
