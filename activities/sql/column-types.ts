import { type Column, type ColumnType, failure } from '../../schemas/index.js';
import type { Database } from './database.js';
import { quoteName } from './sql-quote.js';

export interface FoldedColumn extends Column {
  /** the column as one of the five types, in SQL */
  readonly expression: string;
}

/**
 * DuckDB's types folded into the five of the contract: decimals are numbers, every date and time is a UTC timestamp,
 * enums, UUIDs and times of day are strings. Lists, structs and blobs are refused by name.
 */
export async function foldedColumns(database: Database, table: string): Promise<FoldedColumn[]> {
  const described = await database.rows(`DESCRIBE ${table}`);
  return described.map((row) => fold(String(row.column_name), String(row.column_type)));
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
  if (/[[\]()]/.test(duckdbType) && !/^(DECIMAL|ENUM|TIMESTAMP)/.test(duckdbType)) return null;
  if (duckdbType.endsWith(']')) return null;
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/.test(duckdbType)) return 'integer';
  if (/^(FLOAT|DOUBLE|DECIMAL.*)$/.test(duckdbType)) return 'number';
  if (/^(DATE|TIMESTAMP.*)$/.test(duckdbType)) return 'timestamp';
  if (duckdbType === 'BOOLEAN') return 'boolean';
  return /^(VARCHAR|ENUM.*|UUID|TIME|TIME WITH TIME ZONE|TIME_NS|INTERVAL|BIT|JSON|"NULL")$/.test(duckdbType)
    ? 'string'
    : null;
}

function fold(name: string, duckdbType: string): FoldedColumn {
  const type = foldedType(duckdbType);
  if (name.toLowerCase() === 'rowid')
    throw failure('SOURCE_UNREADABLE', 'A column may not be called "rowid". Rename it with "sql".', { column: name });
  if (type === null) {
    throw failure(
      'SOURCE_UNREADABLE',
      `Column "${name}" is a ${duckdbType}; a dataset holds numbers, integers, booleans, strings and timestamps. Pick what you need from it with "sql".`,
      { column: name },
    );
  }
  return { name, type, expression: `CAST(${utc(quoteName(name), duckdbType)} AS ${storageType[type]})` };
}

const utc = (column: string, duckdbType: string): string =>
  duckdbType === 'TIMESTAMP WITH TIME ZONE' ? `(${column} AT TIME ZONE 'UTC')` : column;
