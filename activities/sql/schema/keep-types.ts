import type { ColumnType, PinnedColumn } from '../../../schemas/index.js';
import { foldedType, storageType } from '../column-types.js';
import type { Database } from '../database.js';
import { quoteName } from '../sql-quote.js';

export interface FoundColumn {
  readonly name: string;
  /** null where it holds no value, or none that a dataset can hold */
  readonly type: ColumnType | null;
}

/** Names that differ in nothing but large and small letters are one column. */
export const keyOf = (name: string): string => name.toLowerCase();

/**
 * Makes a table's columns what the dataset knows them to be, where that changes no value: a column without any, whole
 * numbers among numbers, numbers that are all whole. Where the dataset keeps its order, known columns come in it, new ones
 * behind. Answers what there is, and the keys of the columns in the order in which they came.
 */
export async function keepTypes(
  database: Database,
  table: string,
  { pinned, keepsOrder }: KnownColumns,
): Promise<{ found: FoundColumn[]; order: string[] }> {
  const known = new Map(pinned.map(({ name, type }) => [keyOf(name), type]));
  const described = await database.rows(`DESCRIBE ${table}`);
  const columns = described.map(({ column_name: name, column_type: type }): StoredColumn => {
    return { name: String(name), type: foldedType(String(type)), wanted: known.get(keyOf(String(name))) ?? null };
  });
  const looked = await lookedAt(database, table, columns);
  const typed = columns.map((column) => keptColumn(column, looked.get(column)));
  const kept = keepsOrder ? inOrder(typed, pinned) : typed;
  if (kept.some(({ value, name }, at) => value !== null || name !== columns[at]?.name))
    await database.run(`CREATE OR REPLACE TABLE ${table} AS SELECT ${kept.map(selected).join(', ')} FROM ${table}`);
  return { found: kept.map(({ name, type }) => ({ name, type })), order: columns.map(({ name }) => keyOf(name)) };
}

export interface KnownColumns {
  readonly pinned: readonly PinnedColumn[];
  readonly keepsOrder: boolean;
}

interface StoredColumn {
  readonly name: string;
  readonly type: ColumnType | null;
  /** what the dataset knows it to be; null where it does not */
  readonly wanted: ColumnType | null;
}

interface Look {
  readonly isEmpty: boolean;
  /** every value is one of the wanted type as well */
  readonly fits: boolean;
}

const columnsAtOnce = 50;

/** Only columns of another type than is wanted, and texts of which nothing is known: they may be empty. */
async function lookedAt(database: Database, table: string, columns: readonly StoredColumn[]) {
  const open = columns.filter(({ type, wanted }) => type !== wanted && (wanted !== null || type === 'string'));
  const looks = new Map<StoredColumn, Look>();
  for (let from = 0; from < open.length; from += columnsAtOnce) {
    const some = open.slice(from, from + columnsAtOnce);
    const asked = some.map(
      (column, at) => `count(${quoteName(column.name)}) = 0 AS e${at}, coalesce(${fitsAll(column)}, false) AS f${at}`,
    );
    const row = await database.row(`SELECT ${asked.join(', ')} FROM ${table}`);
    for (const [at, column] of some.entries())
      looks.set(column, { isEmpty: row[`e${at}`] === true, fits: row[`f${at}`] === true });
  }
  return looks;
}

/** A double holds every whole number up to 2^53. */
const mostExact = '9007199254740992';

function fitsAll({ name, type, wanted }: StoredColumn): string {
  const isNumber = (one: ColumnType | null) => one === 'integer' || one === 'number';
  return isNumber(type) && isNumber(wanted) ? `bool_and(${isExactNumber(quoteName(name), wanted)})` : 'false';
}

/** Whether a number is the same number as a whole one, or as one that a double holds; SQL over the column. */
export function isExactNumber(column: string, wanted: ColumnType | null): string {
  const isSmall = `${column} BETWEEN -${mostExact} AND ${mostExact}`;
  return wanted === 'integer' ? `${isSmall} AND trunc(${column}) = ${column}` : isSmall;
}

interface KeptColumn extends FoundColumn {
  /** SQL of its values where they are not taken as they stand */
  readonly value: string | null;
}

function keptColumn({ name, type, wanted }: StoredColumn, look: Look | undefined): KeptColumn {
  if (look?.isEmpty === true && wanted === null) return { name, type: null, value: null };
  if (wanted === null || (look?.isEmpty !== true && look?.fits !== true)) return { name, type, value: null };
  const from = look.isEmpty ? 'NULL' : quoteName(name);
  return { name, type: wanted, value: `CAST(${from} AS ${storageType[wanted]})` };
}

function inOrder(columns: readonly KeptColumn[], pinned: readonly PinnedColumn[]): KeptColumn[] {
  const places = new Map(pinned.map(({ name }, place) => [keyOf(name), place]));
  const placeOf = ({ name }: KeptColumn) => places.get(keyOf(name)) ?? pinned.length;
  return columns.toSorted((one, other) => placeOf(one) - placeOf(other));
}

const selected = ({ name, value }: KeptColumn): string =>
  value === null ? quoteName(name) : `${value} AS ${quoteName(name)}`;
