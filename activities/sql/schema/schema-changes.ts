import {
  type Evolution,
  errorCode,
  failure,
  type PinnedColumn,
  type SchemaChange,
  type SourceSchema,
} from '../../../schemas/index.js';
import { keyOf } from '../same-name.js';

/** A source as it was read now, and what was known of it. */
export interface ReadSource {
  readonly source: string;
  /** null where it is read for the first time */
  readonly pinned: SourceSchema | null;
  /** what was said of its format, as canonical JSON */
  readonly options: string | null;
  readonly found: readonly PinnedColumn[];
  /** keys of what a person declared, which is no change */
  readonly declared: ReadonlySet<string>;
  /** keys of the columns in the order of the source; null where they have none, as the keys of an object */
  readonly order: readonly string[] | null;
}

/** Added, removed and retyped columns by their places, whether those that stayed come in another order, and what was said. */
export function schemaChanges(read: ReadSource): SchemaChange[] {
  if (read.pinned === null) return [];
  const { source, pinned, options, found, declared } = read;
  const is = byKey(found);
  const was = byKey(pinned.columns);
  const change = (kind: SchemaChange['kind'], column: string | null, more: Partial<SchemaChange> = {}) => {
    return { source, kind, column, was: null, is: null, first: null, ...more };
  };
  return [
    ...found.flatMap((column) => {
      const before = was.get(keyOf(column.name));
      if (declared.has(keyOf(column.name))) return [];
      if (before === undefined) return change('added', column.name, { is: column.type });
      return isRetyped(before, column) ? change('retyped', column.name, typesOf(before, column)) : [];
    }),
    ...pinned.columns
      .filter(({ name }) => !is.has(keyOf(name)))
      .map(({ name, type }) => change('removed', name, { was: type })),
    ...(isReordered(read) ? [change('reordered', null)] : []),
    ...(pinned.options === options ? [] : [change('options', null, { was: pinned.options, is: options })]),
  ];
}

/** What columns are tried to be first. Where something else is said of the format, a text is not: every value is one. */
export function triedFirst(pinned: SourceSchema | null, options: string | null): PinnedColumn[] {
  return (pinned?.columns ?? []).filter(({ type }) => type !== 'string' || pinned?.options === options);
}

/**
 * What later collections are held against. A column that never held a value takes the type that it shows first, and what a
 * person declared is known as declared, whatever the policy; so is all of a source whose format is said to be another.
 */
export function nextSchema(
  { source, pinned, options, found, declared }: ReadSource,
  evolution: Evolution,
): SourceSchema {
  const [is, was] = [byKey(found), byKey(pinned?.columns ?? [])];
  if (pinned === null || evolution === 'adapt' || pinned.options !== options)
    return { source, options, columns: found.map((column) => filled(column, was.get(keyOf(column.name)))) };
  const isSaid = ({ name }: PinnedColumn) => declared.has(keyOf(name));
  const columns = pinned.columns.map((column) => {
    const now = is.get(keyOf(column.name));
    return now !== undefined && (isSaid(column) || column.type === null) ? now : column;
  });
  const said = found.filter((column) => isSaid(column) && !was.has(keyOf(column.name)));
  return { source, options: pinned.options, columns: [...columns, ...said] };
}

/** A column without a value forgets nothing: neither its type nor how its times were written. */
function filled(column: PinnedColumn, before: PinnedColumn | undefined): PinnedColumn {
  if (before === undefined) return column;
  if (column.type === null) return before;
  return { ...column, timeFormat: column.timeFormat ?? (column.type === before.type ? before.timeFormat : null) };
}

const mostTold = 20;

/** The changes in sentences without values of the data. */
export function toldChanges(changes: readonly SchemaChange[], evolution: Evolution): string[] {
  if (changes.length === 0) return [];
  const more = changes.length > mostTold ? [`${changes.length - mostTold} more changes of columns`] : [];
  const sources = new Set(changes.map(({ source }) => source));
  const named = (change: SchemaChange) => `${sources.size > 1 ? `${change.source}: ` : ''}${sentence(change)}`;
  const isKnown = evolution === 'adapt' || [...sources].every((source) => isSaidAnew(changes, source));
  const adapted = 'this is what the dataset knows from now on';
  const held = 'say "evolution": "adapt" to make it what the dataset knows from now on';
  return [...changes.slice(0, mostTold).map(named), ...more, isKnown ? adapted : held];
}

const isSaidAnew = (changes: readonly SchemaChange[], of: string) =>
  changes.some(({ source, kind }) => source === of && kind === 'options');

/** SCHEMA_CHANGED, where nothing may change. */
export function requireKnown(changes: readonly SchemaChange[], evolution: Evolution): void {
  if (evolution !== 'fail' || changes.length === 0) return;
  const message = `The columns are not those of the dataset: ${inAMessage(changes)}. Nothing was collected. Mend the source, declare "columns", or say "evolution": "warn" or "adapt".`;
  throw failure('SCHEMA_CHANGED', message, { changes: changes.slice(0, 50) });
}

/** What does not work with the columns that came says which are not those that were known. */
export function withChanges(error: unknown, changes: readonly SchemaChange[]): unknown {
  const code = errorCode(error);
  if (changes.length === 0 || !(error instanceof Error) || (code !== 'SQL_FAILED' && code !== 'SCHEMA_CHANGED'))
    return error;
  const [first = {}] = (error as { details?: [Record<string, unknown>] }).details ?? [];
  const message = `${error.message} Since the dataset's newest version: ${inAMessage(changes)}.`;
  return failure(code, message, { ...first, changes: changes.slice(0, 50) });
}

function inAMessage(changes: readonly SchemaChange[]): string {
  const told = changes.slice(0, 5).map((change) => `${change.source}: ${sentence(change)}`);
  const more = changes.length > told.length ? [`and ${changes.length - told.length} more`] : [];
  return [...told, ...more].join('; ');
}

function sentence({ kind, column, was, is, first }: SchemaChange): string {
  switch (kind) {
    case 'added':
      return `"${column}" is new${is === null ? '' : ` (${is})`}`;
    case 'removed':
      return `"${column}" is gone${was === null ? '' : ` (${was})`}`;
    case 'retyped':
      return `"${column}" is ${is} and was ${was}${first === null ? '' : ` (first in ${first})`}`;
    case 'reordered':
      return 'the columns come in another order';
    case 'options':
      return `what is said of its format is ${is ?? 'nothing'}, and was ${was ?? 'nothing'}`;
  }
}

const byKey = (columns: readonly PinnedColumn[]) => new Map(columns.map((column) => [keyOf(column.name), column]));

function isRetyped(was: PinnedColumn, is: PinnedColumn): boolean {
  if (was.type === null || is.type === null) return false;
  return was.type !== is.type || isOtherFormat(was, is);
}

const isOtherFormat = (was: PinnedColumn, is: PinnedColumn) =>
  was.timeFormat !== null && is.timeFormat !== null && was.timeFormat !== is.timeFormat;

/** The format is named where the types alone would read as if nothing had changed. */
function typesOf(was: PinnedColumn, is: PinnedColumn): Pick<SchemaChange, 'was' | 'is'> {
  const named = ({ type, timeFormat }: PinnedColumn) => (was.type === is.type ? `${type} ${timeFormat}` : type);
  return { was: named(was), is: named(is) };
}

function isReordered({ pinned, order }: ReadSource): boolean {
  if (order === null) return false;
  const now = new Set(order);
  const known = (pinned?.columns ?? []).map(({ name }) => keyOf(name)).filter((key) => now.has(key));
  const isKnown = new Set(known);
  return order.filter((key) => isKnown.has(key)).some((key, place) => key !== known[place]);
}
