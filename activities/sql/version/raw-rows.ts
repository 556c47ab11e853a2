import { type Column, failure } from '../../../schemas/index.js';
import { quoteName } from '../sql-quote.js';

/** A column as a request would carry it, in SQL: times as epoch milliseconds, infinite ones as none. */
export function rawIn({ name, type }: Column): string {
  const column = quoteName(name);
  if (type === 'timestamp') return `CASE WHEN isfinite(${column}) THEN floor(epoch_us(${column}) / 1000) END`;
  return type === 'integer' ? `${column}::DOUBLE` : column;
}

/** A value that `rawIn` gave, as JSON. */
export function rawValue(value: unknown): number | string | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

export function columnNamed(columns: readonly Column[], name: string): Column {
  const column = columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  throw failure('SCHEMA_CHANGED', `The dataset has no column "${name}".`, { column: name });
}
