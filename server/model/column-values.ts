import { type Column, isPresent } from '../../schemas/index.js';
import { type RequestRefused, refuse } from '../http/request-refused.js';

/** A raw value after its check: numbers (booleans 0/1, timestamps epoch milliseconds), text, or null for missing. */
export type Value = number | string | null;
export type CheckValue = (raw: unknown, row: number) => Value;

/**
 * The check of one column's raw JSON values. `null`, absent and the empty text are missing. NaN and Infinity have no JSON form, but
 * 1e999 parses to Infinity, which ONNX Runtime would pass straight through.
 */
export function valueCheck(column: Column): CheckValue {
  const read = readers[column.type];
  return (raw, row) => {
    if (raw === null || raw === undefined) return null;
    const value = read(raw);
    if (value === undefined) throw wrong(column, row, raw);
    return value;
  };
}

/** One value as JSON text for the prediction log: what was sent, timestamps as UTC ISO. */
export function logText(type: Column['type'], value: Value): string {
  if (value === null) return 'null';
  if (type === 'timestamp') return `"${isoTime(value as number)}"`;
  if (type === 'boolean') return value === 1 ? 'true' : 'false';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The checked value; undefined where it is none of the type. */
type ReadValue = (raw: unknown) => Value | undefined;

const readers: Record<Column['type'], ReadValue> = {
  number: (raw) => (typeof raw === 'number' && isPresent(raw) ? raw : undefined),
  integer: (raw) => (Number.isSafeInteger(raw) ? (raw as number) : undefined),
  boolean: (raw) => {
    if (raw === true || raw === 1) return 1;
    return raw === false || raw === 0 ? 0 : undefined;
  },
  string: (raw) => (typeof raw === 'string' ? raw || null : undefined),
  timestamp: (raw) => {
    const time = typeof raw === 'string' ? parseTime(raw) : raw;
    if (Number.isSafeInteger(time) && (time as number) >= earliest && (time as number) <= latest) return time as number;
    return undefined;
  },
};

const wanted: Record<Column['type'], string> = {
  number: 'a finite number below 3.4e38, beyond which models see infinity',
  integer: 'an integer',
  boolean: 'true or false',
  string: 'a string',
  timestamp: 'a time: epoch milliseconds or ISO 8601',
};

/** The years 1 to 9999: others have no plain ISO form. */
const earliest = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const isoForm =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;

/** A time without a zone is UTC, as everywhere in this system; `Date.parse` alone would take it as local. */
function parseTime(text: string): number {
  const [, year, month, day, zone] = isoForm.exec(text) ?? [];
  if (year === undefined || Number(day) > daysOf(Number(year), Number(month))) return Number.NaN;
  if (text.length === 10) return Date.parse(text);
  return Date.parse(zone === undefined ? `${text.replace(' ', 'T')}Z` : text.replace(' ', 'T'));
}

/** `Date.parse` alone would take the 31st of February as the 3rd of March. */
function daysOf(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return isLeap ? 29 : 28;
}

function wrong({ name, type }: Column, row: number, raw: unknown): RequestRefused {
  const hint = typeof raw === 'number' && !isPresent(raw) ? ' (a missing value is null)' : '';
  return refuse(
    'invalid_value',
    `Column "${name}", row ${row}: must be ${wanted[type]}, got ${shown(raw)}${hint}.`,
    name,
  );
}

function shown(raw: unknown): string {
  if (Array.isArray(raw)) return 'an array';
  if (typeof raw === 'object') return 'an object';
  return typeof raw === 'string' ? JSON.stringify(raw.slice(0, 60)) : String(raw);
}
