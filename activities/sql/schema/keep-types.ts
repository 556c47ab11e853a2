import type { ColumnType, PinnedColumn, PinnedType } from '../../../schemas/index.js';
import { columnGroups } from '../column-groups.js';
import { foldedTypes, storageType } from '../column-types.js';
import type { Database } from '../database.js';
import { keyOf } from '../same-name.js';
import { quoteName } from '../sql-quote.js';

export interface FoundColumn {
  readonly name: string;
  /** null where it holds no value */
  readonly type: PinnedType | null;
}

/**
 * Makes a table's columns what the dataset knows them to be, where that changes no value: a column without any, whole
 * numbers among numbers, numbers that are all whole. Where the dataset stays as it is, known columns have its names and come in
 * its order, new ones behind. Answers what there is, and the keys of the columns in the order in which they came.
 */
export async function keepTypes(
  database: Database,
  table: string,
  { pinned, staysAsIs }: KnownColumns,
): Promise<{ found: FoundColumn[]; order: string[] }> {
  const known = new Map(pinned.map((column) => [keyOf(column.name), column]));
  const types = await foldedTypes(database, table);
  const columns = [...types].map(([name, type]): StoredColumn => {
    const pin = known.get(keyOf(name));
    return { name, type, wanted: storable(pin?.type), knownAs: staysAsIs ? (pin?.name ?? name) : name };
  });
  const looked = await lookedAt(database, table, columns);
  const typed = columns.map((column) => keptColumn(column, looked.get(column)));
  const kept = staysAsIs ? inOrder(typed, pinned) : typed;
  if (kept.some(({ value, name }, at) => value !== null || name !== columns[at]?.name))
    await database.run(`CREATE OR REPLACE TABLE ${table} AS SELECT ${kept.map(selected).join(', ')} FROM ${table}`);
  return { found: kept.map(({ name, type }) => ({ name, type })), order: columns.map(({ name }) => keyOf(name)) };
}

export interface KnownColumns {
  readonly pinned: readonly PinnedColumn[];
  /** false where what comes is what the dataset is from now on */
  readonly staysAsIs: boolean;
}

interface StoredColumn {
  readonly name: string;
  /** null for what has no place in a dataset */
  readonly type: ColumnType | null;
  /** what the dataset knows it to be; null where it does not */
  readonly wanted: ColumnType | null;
  readonly knownAs: string;
}

const storable = (type: PinnedType | null | undefined): ColumnType | null =>
  type === undefined || type === 'nested' ? null : type;

interface Look {
  readonly isEmpty: boolean;
  /** every value is one of the wanted type as well */
  readonly fits: boolean;
}

/** Only columns of another type than is wanted, and texts of which nothing is known: they may be empty. */
async function lookedAt(database: Database, table: string, columns: readonly StoredColumn[]) {
  const open = columns.filter(
    ({ type, wanted }) => type !== wanted && (wanted !== null || type === 'string' || type === null),
  );
  const looks = new Map<StoredColumn, Look>();
  for (const some of columnGroups(open)) {
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
  readonly stored: string;
  /** SQL of its values where they are not taken as they stand */
  readonly value: string | null;
}

function keptColumn({ name, type, wanted, knownAs }: StoredColumn, look: Look | undefined): KeptColumn {
  const as = { name: knownAs, stored: name };
  if (look?.isEmpty === true && wanted === null) return { ...as, type: null, value: null };
  if (wanted === null || (look?.isEmpty !== true && look?.fits !== true))
    return { ...as, type: type ?? 'nested', value: null };
  const from = look.isEmpty ? 'NULL' : quoteName(name);
  return { ...as, type: wanted, value: `CAST(${from} AS ${storageType[wanted]})` };
}

function inOrder(columns: readonly KeptColumn[], pinned: readonly PinnedColumn[]): KeptColumn[] {
  const places = new Map(pinned.map(({ name }, place) => [keyOf(name), place]));
  const placeOf = ({ name }: KeptColumn) => places.get(keyOf(name)) ?? pinned.length;
  return columns.toSorted((one, other) => placeOf(one) - placeOf(other));
}

const selected = ({ name, stored, value }: KeptColumn): string => `${value ?? quoteName(stored)} AS ${quoteName(name)}`;
