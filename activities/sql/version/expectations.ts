import type { Column, ColumnType, Expectation } from '../../../schemas/index.js';
import { storageType } from '../column-types.js';
import { presentNumber } from '../missing.js';
import { quoteName, quoteText } from '../sql-quote.js';

export type RowExpectation = Exclude<Expectation, { kind: 'rowCount' }>;

/** A rule's name in messages and in the quarantine: `range(delay)`. */
export function expectationName(expectation: Expectation): string {
  if (expectation.kind === 'rowCount') return 'rowCount';
  return `${expectation.kind}(${expectationColumns(expectation).join(', ')})`;
}

export function expectationColumns(expectation: Expectation): string[] {
  if (expectation.kind === 'rowCount') return [];
  return expectation.kind === 'unique' ? expectation.columns : [expectation.column];
}

/**
 * The rows of `table` that break the rule, as a query of their row ids. Missing values, which are null and nothing else,
 * break only `notNull`; of rows that are alike under `unique` the first in order is kept, and one without a value is like none.
 */
export function failingRows(expectation: RowExpectation, columns: readonly Column[], table: string): string {
  if (expectation.kind === 'unique') return repeatedRows(expectation.columns, table);
  const column = columns.find((candidate) => candidate.name === expectation.column);
  if (column === undefined) return `SELECT rowid AS r FROM ${table}`;
  return `SELECT rowid AS r FROM ${table} WHERE ${failsWhen(expectation, column)}`;
}

function repeatedRows(columns: readonly string[], table: string): string {
  const key = columns.map(quoteName).join(', ');
  const present = columns.map((column) => `${quoteName(column)} IS NOT NULL`).join(' AND ');
  return `SELECT r FROM (SELECT rowid AS r, row_number() OVER (PARTITION BY ${key} ORDER BY rowid) AS n FROM ${table} WHERE ${present}) WHERE n > 1`;
}

function failsWhen(expectation: Exclude<RowExpectation, { kind: 'unique' }>, { name, type }: Column): string {
  const column = quoteName(name);
  switch (expectation.kind) {
    case 'notNull':
      return `${column} IS NULL`;
    case 'type':
      return `${column} IS NOT NULL AND ${isNot(expectation.type, column, type)}`;
    case 'range':
      return `${column} IS NOT NULL AND ${outOfRange(expectation, column, type)}`;
    case 'allowedValues':
      return `${column} IS NOT NULL AND ${isNoneOf(expectation.values, column, type)}`;
  }
}

function isNot(wanted: ColumnType, column: string, type: ColumnType): string {
  if (type === wanted || (type === 'integer' && wanted === 'number') || wanted === 'string') return 'false';
  if (type === 'number' && wanted === 'integer') return `NOT coalesce(${column} = trunc(${column}), false)`;
  if (type !== 'string') return 'true';
  const whole = `TRY_CAST(${column} AS DOUBLE) = trunc(TRY_CAST(${column} AS DOUBLE))`; // a cast alone would round "1.5"
  const cast = `TRY_CAST(${column} AS ${storageType[wanted]})`;
  const castable = `${wanted === 'number' ? presentNumber(cast) : cast} IS NOT NULL`;
  return `NOT coalesce(${wanted === 'integer' ? `${whole} AND ${castable}` : castable}, false)`;
}

function outOfRange(
  { min, max }: { min?: number | undefined; max?: number | undefined },
  column: string,
  type: ColumnType,
): string {
  if (type === 'timestamp') return 'true';
  const value = presentNumber(`TRY_CAST(${column} AS DOUBLE)`);
  const tooSmall = min === undefined ? 'false' : `${value} < ${min}`;
  const tooLarge = max === undefined ? 'false' : `${value} > ${max}`;
  return `coalesce(${tooSmall} OR ${tooLarge}, true)`;
}

function isNoneOf(values: readonly (string | number | boolean)[], column: string, type: ColumnType): string {
  const usable = values.flatMap((value) => literalFor(value, type));
  return usable.length === 0 ? 'true' : `coalesce(${column} NOT IN (${usable.join(', ')}), true)`;
}

function literalFor(value: string | number | boolean, type: ColumnType): string[] {
  if (type === 'string' && typeof value === 'string') return [quoteText(value)];
  if ((type === 'number' || type === 'integer') && typeof value === 'number') return [`${value}::DOUBLE`];
  if (type === 'boolean' && typeof value === 'boolean') return [String(value)];
  if (type === 'timestamp' && typeof value === 'string')
    return [`TRY_CAST(${quoteText(value.replace(/Z$/, ''))} AS TIMESTAMP)`];
  return [];
}
