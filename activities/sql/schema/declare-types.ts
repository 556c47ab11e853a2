import { type ColumnType, type DeclaredColumns, failure } from '../../../schemas/index.js';
import { foldedType, storageType } from '../column-types.js';
import type { Database } from '../database.js';
import { declaredKinds } from '../readers/csv/kinds/column-kinds.js';
import { isOne, type Kind } from '../readers/csv/kinds/kind.js';
import { keyOf } from '../same-name.js';
import { quoteName } from '../sql-quote.js';
import { isExactNumber } from './keep-types.js';

/** Where a source's table is, and what a person declared of its columns. */
export interface Declared {
  readonly source: string;
  readonly columns: DeclaredColumns;
}

/**
 * Makes columns of files that have types (JSON, Parquet) what was declared, value by value. SOURCE_UNREADABLE names the first
 * record whose value is none of the type, SCHEMA_CHANGED a column that is not there.
 */
export async function declareTypes(database: Database, table: string, { source, columns }: Declared): Promise<void> {
  const described = await database.rows(`DESCRIBE ${table}`);
  const found = new Map(described.map((row) => [keyOf(String(row.column_name)), row]));
  const values: string[] = [];
  for (const [declared, type] of Object.entries(columns)) {
    const row = found.get(keyOf(declared));
    if (row === undefined)
      throw noColumn(
        declared,
        [...found.values()].map((one) => String(one.column_name)),
      );
    const name = String(row.column_name);
    const ways = waysFrom(String(row.column_type), type, quoteName(name));
    if (ways === null) continue;
    const way = await fittingWay(database, table, { name, ways });
    if (way === null) throw await noValue(database, table, { source, name, type, ways });
    values.push(`${way.value} AS ${quoteName(name)}`);
  }
  if (values.length > 0)
    await database.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * REPLACE (${values.join(', ')}) FROM ${table}`);
}

/** One way in which all values of a column may be of a type, in SQL over the column. */
interface Way {
  readonly test: string;
  readonly value: string;
}

/** Null where the column is of the type as it stands. */
function waysFrom(stored: string, type: ColumnType, column: string): Way[] | null {
  if (stored === 'VARCHAR') return type === 'string' ? null : textKinds(type).map((kind) => wayOf(kind, column));
  const from = foldedType(stored);
  if (from === type) return null;
  const cast = `CAST(${column} AS ${storageType[type]})`;
  if (type === 'string') return [{ test: 'true', value: cast }];
  if (from === 'boolean' && type !== 'timestamp') return [{ test: 'true', value: cast }];
  if (from !== 'integer' && from !== 'number') return [];
  if (type === 'boolean') return [{ test: `${column} IN (0, 1)`, value: `${column} = 1` }];
  return type === 'timestamp' ? [] : [{ test: isExactNumber(column, type), value: cast }];
}

/** Without days that two orders read: a text in JSON is ISO 8601, or is said by "sql". */
const textKinds = (type: ColumnType): Kind[] => declaredKinds(type, {}).filter(({ order }) => order === undefined);

const wayOf = (kind: Kind, column: string): Way => ({
  test: isOne(kind, column),
  value: `CASE WHEN ${column} IS NOT NULL THEN ${kind.value(column)} END`,
});

interface Column {
  readonly name: string;
  readonly ways: readonly Way[];
}

const isOther = (name: string, { test }: Way) => `${quoteName(name)} IS NOT NULL AND NOT coalesce(${test}, false)`;

async function fittingWay(database: Database, table: string, { name, ways }: Column): Promise<Way | null> {
  if (ways.length === 0) return null;
  const others = ways.map((way, at) => `count(*) FILTER (${isOther(name, way)})::DOUBLE AS n${at}`);
  const row = await database.row(`SELECT ${others.join(', ')} FROM ${table}`);
  return ways.find((_, at) => row[`n${at}`] === 0) ?? null;
}

async function noValue(
  database: Database,
  table: string,
  { source, name, type, ways }: Column & { source: string; type: ColumnType },
): Promise<Error> {
  const none = ways.length === 0 ? 'true' : ways.map((way) => isOther(name, way)).join(' AND ');
  const { first } = await database.row(
    `SELECT min(rowid)::DOUBLE AS "first" FROM ${table} WHERE ${quoteName(name)} IS NOT NULL AND ${none}`,
  );
  const record = typeof first === 'number' ? first + 1 : null;
  const where = record === null ? 'its values are' : `record ${record} is`;
  const message = `Source "${source}": column "${name}" is declared to be ${type}, and ${where} none.`;
  return failure('SOURCE_UNREADABLE', message, { source, column: name, record });
}

function noColumn(declared: string, names: string[]): Error {
  const message = `columns: there is no column "${declared}". Columns: ${names.slice(0, 50).join(', ')}.`;
  return failure('SCHEMA_CHANGED', message, { column: declared });
}
