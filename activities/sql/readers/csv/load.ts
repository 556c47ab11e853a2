import { failure } from '../../../../schemas/index.js';
import { storageType } from '../../column-types.js';
import type { Database } from '../../database.js';
import { quoteName, quoteText } from '../../sql-quote.js';
import { type ColumnPlan, withoutTexts } from './infer.js';
import { stringKind } from './kinds/kind.js';
import { type FileGroup, recordsOf, type TextRows, textOf } from './text-rows.js';

const mark = 'value-of-another-kind-in-column-';

/**
 * Copies all records into a table, each column as it was planned. Answers the first column seen to hold something else, or
 * null; the table is then not there.
 */
export async function load(
  database: Database,
  table: string,
  { rows, plans }: { rows: TextRows; plans: readonly ColumnPlan[] },
): Promise<number | null> {
  const columns = plans.map((plan) => `${quoteName(plan.name)} ${storageType[(plan.kind ?? withoutTexts(plan)).type]}`);
  await database.run(`CREATE TABLE ${table} (${columns.join(', ')})`);
  try {
    for (const group of rows.groups) await database.run(insert(table, group, { rows, plans }));
  } catch (error) {
    const index = refusedColumn(error);
    if (index === null) throw error;
    await database.run(`DROP TABLE ${table}`);
    return index;
  }
  await requireAll(database, table, rows);
  return null;
}

function insert(table: string, group: FileGroup, { rows, plans }: { rows: TextRows; plans: readonly ColumnPlan[] }) {
  const values = plans.map(({ name, kind }, index) => valueOf(textOf(group, name), kind, index));
  return `INSERT INTO ${table} SELECT ${values.join(', ')} FROM ${recordsOf(rows, group)}`;
}

function valueOf(text: string | null, kind: ColumnPlan['kind'], index: number): string {
  if (text === null) return 'NULL';
  if (kind === stringKind) return text;
  const refused = `error(${quoteText(`${mark}${index}.`)})`;
  if (kind === null) return `CASE WHEN ${text} IS NOT NULL THEN ${refused}::VARCHAR END`;
  const ways = [...(kind.bare === undefined ? [] : [kind.bare]), kind];
  const values = ways.map(({ test, value }) => `WHEN ${test(text)} THEN ${value(text)}`);
  return `CASE WHEN ${text} IS NULL THEN NULL ${values.join(' ')} ELSE ${refused}::${storageType[kind.type]} END`;
}

function refusedColumn(error: unknown): number | null {
  const [, index] = new RegExp(`${mark}(\\d+)\\.`).exec(error instanceof Error ? error.message : '') ?? [];
  return index === undefined ? null : Number(index);
}

/** The scanner's count is the file's own; whatever the reader made of it, no record may be missing. */
async function requireAll(database: Database, table: string, { groups, csv }: TextRows): Promise<void> {
  const files = groups.flatMap((group) => group.files);
  const records = files.reduce((sum, { scan }) => sum + scan.records - (csv.header === false ? 0 : 1), 0);
  const { n } = await database.row(`SELECT count(*)::DOUBLE AS n FROM ${table}`);
  if (Number(n) === records) return;
  const message = `${files[0]?.name}: ${records} records were counted, and ${Number(n)} were read, from line 2 on.`;
  throw failure('SOURCE_UNREADABLE', message, { counted: records, read: Number(n) });
}
