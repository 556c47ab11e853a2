import { failure } from '../../../../schemas/index.js';
import { keyOf } from '../../same-name.js';
import type { JsonField } from './fields.js';
import type { JsonKind } from './number.js';

export interface JsonColumn {
  readonly field: JsonField;
  /** DuckDB's type */
  readonly type: 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' | 'JSON';
  /** its numbers are read as they were written: as texts */
  readonly quotesNumbers: boolean;
  /** why it is not what one may have thought, without values */
  readonly told: string | null;
}

/**
 * The type of each key from all of its values; two types that do not fit one another make a text, and what the dataset knows
 * as a text stays one.
 */
export function jsonColumns(fields: readonly JsonField[], knownTexts: ReadonlySet<string>): JsonColumn[] {
  requireNames(fields);
  return fields.map((field) => asText(columnOf(field), knownTexts));
}

function asText(column: JsonColumn, knownTexts: ReadonlySet<string>): JsonColumn {
  const { field, type } = column;
  if (type === 'VARCHAR' || type === 'JSON' || !knownTexts.has(keyOf(field.name))) return column;
  return { field, type: 'VARCHAR', quotesNumbers: true, told: `"${field.name}" is read as text, as before` };
}

const whole: readonly JsonKind[] = ['integer', 'longInteger'];
const inDouble: readonly JsonKind[] = ['integer', 'number'];
const numbers: readonly JsonKind[] = ['integer', 'longInteger', 'number', 'longNumber'];

function columnOf(field: JsonField): JsonColumn {
  const kinds = [...field.kinds.keys()].filter((kind) => kind !== 'none');
  const areAll = (allowed: readonly JsonKind[]) => kinds.every((kind) => allowed.includes(kind));
  const plain = (type: JsonColumn['type']): JsonColumn => ({ field, type, quotesNumbers: false, told: null });
  if (kinds.includes('nested')) return plain('JSON');
  if (areAll(['text'])) return plain('VARCHAR'); // also where there is no value
  if (areAll(['boolean'])) return plain('BOOLEAN');
  if (areAll(whole)) return plain('BIGINT');
  if (areAll(inDouble)) return plain('DOUBLE');
  const told = areAll(numbers) ? tooLong(field) : mixed(field, kinds);
  return { field, type: 'VARCHAR', quotesNumbers: true, told };
}

const words: Record<Exclude<JsonKind, 'none' | 'nested'>, string> = {
  text: 'a text',
  boolean: 'true or false',
  integer: 'a whole number',
  longInteger: 'a whole number beyond 2^53',
  number: 'a number',
  longNumber: 'a number of more digits than 64 bits keep',
};

function mixed({ name, kinds }: JsonField, found: readonly JsonKind[]): string {
  const each = found.map((kind) => {
    const { count, first } = kinds.get(kind) ?? { count: 0, first: 0 };
    return `${count} × ${words[kind as keyof typeof words]} (first in record ${first})`;
  });
  return `"${name}" is read as text, because it holds ${each.join(', ')}`;
}

function tooLong({ name, kinds }: JsonField): string {
  const first = kinds.get('longNumber')?.first ?? kinds.get('longInteger')?.first;
  return `"${name}" is read as text: the number in record ${first} has more digits than 64 bits keep`;
}

function requireNames(fields: readonly JsonField[]): void {
  const names = new Map<string, string>();
  for (const { name } of fields) {
    const other = names.get(name.toLowerCase());
    if (name === '') throw failure('SOURCE_UNREADABLE', 'A key is empty, and a column needs a name.');
    if (other !== undefined)
      throw failure(
        'SOURCE_UNREADABLE',
        `The keys "${other}" and "${name}" differ in nothing but large and small letters, which names of columns do not tell apart.`,
      );
    names.set(name.toLowerCase(), name);
  }
}
