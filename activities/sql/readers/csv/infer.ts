import { type DeclaredColumns, failure, type PinnedColumn } from '../../../../schemas/index.js';
import { columnGroups } from '../../column-groups.js';
import type { Database } from '../../database.js';
import { key } from './column-names.js';
import { declaredKinds, inferredKinds, pinnedKind } from './kinds/column-kinds.js';
import { isOne, type Kind, stringKind } from './kinds/kind.js';
import { allTexts, recordsOf, type TextRows, textOf } from './text-rows.js';

export interface ColumnPlan {
  readonly name: string;
  /** what its values are read as; null while all that was seen of it is missing */
  readonly kind: Kind | null;
  /** what the rest of it may be as well */
  readonly others: readonly Kind[];
  readonly isDeclared: boolean;
  /** what the dataset knows it to be: it is that where all of its values are; null where it knows nothing */
  readonly pinned: Kind | null;
  /** of the texts that were looked at */
  readonly sample: readonly string[];
}

/** What a column is that has no text: what was declared, what it was known to be, or text. */
export const withoutTexts = (plan: ColumnPlan): Kind =>
  plan.isDeclared ? otherwise(plan) : (plan.pinned ?? stringKind);

/** What a column is whose texts are none of what it may be: what was declared, or text. */
const otherwise = ({ kind, others, isDeclared }: ColumnPlan): Kind =>
  (isDeclared ? (kind ?? others[0]) : null) ?? stringKind;

const sampleRows = 1000;
const sampleCells = 200_000;
/** no number and no time is longer */
const sampleCharacters = 1100;

/** What each column looks to be by its first rows. Whatever is wrong about it, reading all rows shows. */
export async function firstLook(database: Database, rows: TextRows, known: KnownTypes): Promise<ColumnPlan[]> {
  requireNames(rows, known.declared);
  const samples = await sampleOf(database, rows);
  const declared = new Map(Object.entries(known.declared).map(([name, type]) => [key(name), type]));
  const pinned = new Map(known.pinned.map((column) => [key(column.name), pinnedKind(column, rows.csv)]));
  return rows.names.map((name) => {
    const [type, pin] = [declared.get(key(name)), pinned.get(key(name)) ?? null];
    const from =
      type === undefined
        ? { kinds: withFirst(pin, inferredKinds(rows.csv)), isDeclared: false, pinned: pin }
        : { kinds: declaredKinds(type, rows.csv), isDeclared: true, pinned: null };
    return planOf(name, samples.get(name) ?? [], from);
  });
}

/** What is known of columns before they are read. */
export interface KnownTypes {
  readonly declared: DeclaredColumns;
  readonly pinned: readonly PinnedColumn[];
}

const withFirst = (first: Kind | null, kinds: readonly Kind[]): readonly Kind[] =>
  first === null ? kinds : [first, ...kinds.filter((kind) => !isSame(kind, first))];

/** Two reckonings of one column come to the same. */
const isSame = (one: Kind, other: Kind): boolean => one.type === other.type && one.timeFormat === other.timeFormat;

interface MayBe extends Pick<ColumnPlan, 'isDeclared' | 'pinned'> {
  readonly kinds: readonly Kind[];
}

function planOf(name: string, sample: readonly string[], { kinds, ...from }: MayBe): ColumnPlan {
  const [first = stringKind] = kinds;
  if (kinds.length === 1) return { name, kind: first, others: [], sample, ...from };
  if (sample.length === 0) return { name, kind: null, others: kinds, sample, ...from };
  const [kind = from.isDeclared ? first : stringKind, ...others] = kinds.filter(({ looks }) => sample.every(looks));
  return { name, kind, others, sample, ...from };
}

/** A sample that is as narrow as the table is wide. */
async function sampleOf(database: Database, rows: TextRows): Promise<Map<string, readonly string[]>> {
  const limit = Math.max(20, Math.min(sampleRows, Math.floor(sampleCells / rows.names.length)));
  const [group] = rows.groups;
  if (group === undefined) return new Map();
  const texts = group.names.map((name) => textOf(group, name) ?? 'NULL');
  const found = await database.rows(
    `SELECT ${texts.map((text, i) => `left(${text}, ${sampleCharacters}) AS t${i}`).join(', ')} FROM ${recordsOf(rows, group)} LIMIT ${limit}`,
  );
  const said = (index: number) =>
    found.flatMap((row) => (typeof row[`t${index}`] === 'string' ? [String(row[`t${index}`])] : []));
  const byName = new Map(group.names.map((name, index) => [key(name), said(index)]));
  return new Map(rows.names.map((name) => [name, byName.get(key(name)) ?? []]));
}

/** Columns of which nothing was seen, by the least and the greatest of their texts; in one pass, however many they are. */
export async function secondLook(
  database: Database,
  rows: TextRows,
  plans: readonly ColumnPlan[],
): Promise<ColumnPlan[]> {
  const unseen = plans.filter(({ kind }) => kind === null);
  if (unseen.length === 0) return [...plans];
  const seen = unseen.flatMap((_, i) => [`min("t${i}") AS l${i}`, `max("t${i}") AS h${i}`]);
  const names = unseen.map(({ name }) => name);
  const row = await database.row(`SELECT ${seen.join(', ')} FROM (${allTexts(rows, names)})`);
  return plans.map((plan) => {
    const i = unseen.indexOf(plan);
    const sample = i === -1 ? [] : [row[`l${i}`], row[`h${i}`]].filter((text) => typeof text === 'string');
    if (sample.length === 0) return plan;
    const [kind = otherwise(plan), ...others] = plan.others.filter(({ looks }) => sample.every(looks));
    return { ...plan, kind, others, sample };
  });
}

/** Whether something is still open that only all rows together can say. */
export const isOpen = ({ kind, others, isDeclared, pinned }: ColumnPlan): boolean =>
  (kind !== pinned && kind?.order !== undefined && others.some((other) => other.order !== undefined)) ||
  (isDeclared && kind?.type === 'timestamp' && others.length > 0);

/**
 * Settles columns by all of their values: of the kinds that a column may be, the first that every one of its texts is, or text.
 * SOURCE_UNREADABLE where day and month can be told apart by none of them.
 */
export async function settled(
  database: Database,
  rows: TextRows,
  { plans, beside }: { plans: readonly ColumnPlan[]; beside: readonly ColumnPlan[] },
): Promise<ColumnPlan[]> {
  const fitting: ColumnPlan[] = [];
  for (const some of columnGroups(plans)) fitting.push(...(await fittingKinds(database, rows, some)));
  return fitting.map((plan) => withOrder(plan, [...fitting, ...beside]));
}

async function fittingKinds(database: Database, rows: TextRows, plans: readonly ColumnPlan[]): Promise<ColumnPlan[]> {
  const kinds = plans.map(({ kind, others }) => (kind === null ? others : [kind, ...others]));
  const counts = plans.flatMap((_, i) => [
    `count("t${i}") AS n${i}`,
    ...(kinds[i] ?? []).map(
      (kind, j) => `count(*) FILTER ("t${i}" IS NOT NULL AND ${isOne(kind, `"t${i}"`)}) AS k${i}_${j}`,
    ),
  ]);
  const names = plans.map(({ name }) => name);
  const row = await database.row(`SELECT ${counts.join(', ')} FROM (${allTexts(rows, names)})`);
  return plans.map((plan, i) => {
    const all = Number(row[`n${i}`]);
    const fits = (kinds[i] ?? []).filter((_, j) => Number(row[`k${i}_${j}`]) === all);
    const [kind = all === 0 ? withoutTexts(plan) : otherwise(plan), ...others] = all === 0 ? [] : fits;
    return { ...plan, kind, others };
  });
}

/** A column that both orders read takes the one of its neighbours that only one reads; without one it is refused. */
function withOrder(plan: ColumnPlan, all: readonly ColumnPlan[]): ColumnPlan {
  const orders = ordersOf(plan);
  if (orders.size < 2 || plan.kind === plan.pinned) return plan;
  const family = plan.kind?.order?.family.slice(0, 1);
  const settledBy = all.filter(
    (other) => ordersOf(other).size === 1 && other.kind?.order?.family.slice(0, 1) === family,
  );
  const known = new Set(settledBy.flatMap((other) => [...ordersOf(other)]));
  const [first] = known;
  const kind = [plan.kind, ...plan.others].find((one) => one?.order?.first === first);
  if (known.size === 1 && kind !== undefined && kind !== null) return { ...plan, kind, others: [] };
  throw ambiguous(plan);
}

const ordersOf = ({ kind, others }: ColumnPlan): Set<'day' | 'month'> =>
  new Set([kind, ...others].flatMap((one) => (one?.order === undefined ? [] : [one.order.first])));

function ambiguous({ name, kind, others }: ColumnPlan): Error {
  const formats = [kind, ...others].flatMap((one) =>
    one?.note === undefined ? [] : [one.note.replace('time format ', '')],
  );
  const [format = ''] = formats;
  const field = /%[HI]/.test(format) ? 'timestampFormat' : 'dateFormat';
  const message = `Column "${name}" reads by ${formats.join(' and by ')}: nothing in it says which of day and month comes first. Say "csv": {"${field}": "${format}"}, or the other one, or "columns": {"${name}": "string"}.`;
  return failure('SOURCE_UNREADABLE', message, { column: name, formats });
}

function requireNames({ names }: TextRows, declared: DeclaredColumns): void {
  const known = new Set(names.map(key));
  const missing = Object.keys(declared).find((name) => !known.has(key(name)));
  if (missing === undefined) return;
  const message = `columns: there is no column "${missing}". Columns: ${names.slice(0, 50).join(', ')}.`;
  throw failure('SCHEMA_CHANGED', message, { column: missing });
}
