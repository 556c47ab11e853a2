import { type Column, type ColumnType, failure } from '../../schemas/index.js';
import { columnGroups } from './column-groups.js';
import type { Database } from './database.js';
import { type Doubt, doubtOf } from './doubtful-types.js';
import { quoteName } from './sql-quote.js';

export interface FoldedColumn extends Column {
  /** the column as one of the five types, in SQL */
  readonly expression: string;
  /** why it is not what its type says, without values */
  readonly told: string | null;
}

/**
 * DuckDB's types folded into the five of the contract, without changing a value: decimals are numbers, every date and time
 * is a UTC timestamp, enums, UUIDs and times of day are strings. Where the type alone does not say whether its values fit,
 * they are looked at: numbers of more digits than 64 bits keep are strings, all of the column. What has no place among the
 * five is refused by name.
 */
export async function foldedColumns(database: Database, table: string): Promise<FoldedColumn[]> {
  const { described, justified } = await doubted(database, table);
  return described.map((column) => fold(column, justified));
}

/** The type that each column folds into, by its values where the type alone does not say it; null where it has no place. */
export async function foldedTypes(database: Database, table: string): Promise<Map<string, ColumnType | null>> {
  const { described, justified } = await doubted(database, table);
  return new Map(
    described.map(({ name, duckdbType, doubt }) => {
      const isText = doubt !== null && doubt.otherwise !== null && justified.has(doubt);
      return [name, isText ? 'string' : foldedType(duckdbType)];
    }),
  );
}

async function doubted(database: Database, table: string) {
  const described = (await database.rows(`DESCRIBE ${table}`)).map((row): Described => {
    const [name, duckdbType] = [String(row.column_name), String(row.column_type)];
    return { name, duckdbType, doubt: doubtOf(quoteName(name), duckdbType) };
  });
  const doubts = described.flatMap(({ doubt }) => doubt ?? []);
  const justified = new Set<Doubt>();
  for (const some of columnGroups(doubts))
    for (const doubt of await justifiedOf(database, table, some)) justified.add(doubt);
  return { described, justified };
}

/** How DuckDB stores each of the five. */
export const storageType: Record<ColumnType, string> = {
  number: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP',
};

/** The column's type, or null when it folds into none. */
export function foldedType(duckdbType: string): ColumnType | null {
  if (duckdbType.endsWith(']')) return null;
  if (/[[\]()]/.test(duckdbType) && !/^(DECIMAL|ENUM|TIMESTAMP)/.test(duckdbType)) return null;
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(\d+,0\))$/.test(duckdbType)) return 'integer';
  if (/^(FLOAT|DOUBLE|DECIMAL.*)$/.test(duckdbType)) return 'number';
  if (/^(DATE|TIMESTAMP.*)$/.test(duckdbType)) return 'timestamp';
  if (duckdbType === 'BOOLEAN') return 'boolean';
  return /^(VARCHAR|ENUM.*|UUID|TIME|TIME WITH TIME ZONE|TIME_NS|INTERVAL|BIT|"NULL")$/.test(duckdbType)
    ? 'string'
    : null;
}

interface Described {
  readonly name: string;
  readonly duckdbType: string;
  readonly doubt: Doubt | null;
}

/** `justified` are the doubts whose column holds a value that does not fit. */
function fold({ name, duckdbType, doubt }: Described, justified: ReadonlySet<Doubt>): FoldedColumn {
  const type = foldedType(duckdbType);
  if (name.toLowerCase() === 'rowid')
    throw failure('SOURCE_UNREADABLE', 'A column may not be called "rowid". Rename it with "sql".', { column: name });
  if (type === null) throw refused(name, duckdbType);
  const column = quoteName(name);
  if (doubt !== null && justified.has(doubt)) {
    if (doubt.otherwise === null)
      throw failure('SOURCE_UNREADABLE', `Column "${name}" holds ${doubt.why}.`, { column: name });
    return {
      name,
      type: 'string',
      expression: doubt.otherwise,
      told: `"${name}" is read as text: it holds ${doubt.why}`,
    };
  }
  return {
    name,
    type,
    expression:
      doubt?.value ??
      (duckdbType === storageType[type] ? column : `CAST(${utc(column, duckdbType)} AS ${storageType[type]})`),
    told: null,
  };
}

async function justifiedOf(database: Database, table: string, doubts: readonly Doubt[]): Promise<Doubt[]> {
  const all = doubts.map(({ fits }, at) => `bool_and(${fits}) AS f${at}`);
  const row = await database.row(`SELECT ${all.join(', ')} FROM ${table}`);
  return doubts.filter((_, at) => row[`f${at}`] === false);
}

const utc = (column: string, duckdbType: string): string =>
  duckdbType === 'TIMESTAMP WITH TIME ZONE' ? `(${column} AT TIME ZONE 'UTC')` : column;

/** What it is, and the SQL that takes from it what a dataset can hold. */
function refused(name: string, duckdbType: string) {
  const column = quoteName(name);
  const [what, take] = insteadOf(duckdbType, column);
  const message = `Column "${name}" holds ${what}; a dataset holds numbers, integers, booleans, strings and timestamps. Take what you need from it with "sql", e.g. ${take}, or leave it out.`;
  return failure('SOURCE_UNREADABLE', message, { column: name });
}

function insteadOf(duckdbType: string, column: string): [string, string] {
  if (duckdbType === 'JSON')
    return ['JSON objects or lists', `${column}->>'$.key' (its whole text: cast(${column} as varchar))`];
  if (duckdbType === 'BLOB') return ['bytes', `base64(${column}) or octet_length(${column})`];
  if (duckdbType.startsWith('MAP')) return ['a map', `${column}['key']`];
  if (duckdbType.endsWith(']')) return ['lists', `${column}[1] or len(${column})`];
  if (duckdbType.startsWith('STRUCT')) return ['objects', `(${column}).key`];
  return [`values of type ${duckdbType}`, `cast(${column} as varchar)`];
}
