import { statSync } from 'node:fs';
import { type CollectRules, type Column, failure, type ResolvedWindow } from '../../../schemas/index.js';
import { type FoldedColumn, foldedColumns, storageType } from '../column-types.js';
import { type Database, type DatabaseAccess, withDatabase } from '../database.js';
import { ingestSources } from '../ingest.js';
import { nullMissing } from '../missing.js';
import { resolver } from '../moment.js';
import { requireKnown, toldChanges, withChanges } from '../schema/schema-changes.js';
import { asSqlFailed } from '../sql-error.js';
import { guardSelect } from '../sql-guard.js';
import type { CollectJob, CollectJobResult, SourceFiles, SqlLimits } from '../sql-job.js';
import { quoteInstant, quoteName } from '../sql-quote.js';
import { type GivenRows, keptRows, type Validation, validate } from '../version/validate.js';
import { writeQuarantine, writeVersion } from '../version/write-version.js';

/** The child's half of `collect`: four locked phases over one database file. */
export async function collectJob({ sources, rules, directory, limits }: CollectJob): Promise<CollectJobResult> {
  const access = { directory, limits, unpacked: isSmall(sources, limits) };
  const read = await ingestSources(access, sources, rules.evolution);
  const changes = read.flatMap((source) => source.changes);
  requireKnown(changes, rules.evolution);
  const names = sources.map((source) => source.name);
  const { rows, table, columns, validation, told, window } = await askedFor(access, rules, names)
    .then((answer) => withDatabase(access, (database) => shape(database, answer, rules)))
    .catch((error: unknown) => {
      throw withChanges(error, changes);
    });
  const content = await writeVersion(access, table, { columns, partRows: rules.partRows });
  const quarantineFile = validation.rowsQuarantined === 0 ? null : await writeQuarantine(access, rows, columns.length);
  return {
    content,
    window,
    quarantineFile,
    ...validation,
    read: [...toldChanges(changes, rules.evolution), ...read.flatMap((source) => source.told), ...told],
    schemas: read.map(({ schema }) => schema),
    changes,
  };
}

/** Of text, a value takes two bytes at least, and eight in a table: not more than a part of the disk that a job may use. */
function isSmall(sources: readonly SourceFiles[], { diskMb }: SqlLimits): boolean {
  if (sources.some(({ format }) => format === 'parquet')) return false;
  const bytes = sources.flatMap(({ files }) => files).reduce((sum, file) => sum + statSync(file).size, 0);
  const isZipped = sources.some(
    ({ csv, files }) => csv?.compression !== undefined || files.some((file) => /\.(gz|zst)$/i.test(file)),
  );
  return !isZipped && 8 * bytes <= diskMb * 1e6;
}

/**
 * The one phase that runs what a person wrote. It can open no file. With one thread, so that sums and the first of several
 * rows come in one order only. Without `sql` the only source is the answer.
 */
async function askedFor(access: DatabaseAccess, { sql }: CollectRules, names: string[]): Promise<string> {
  if (sql === undefined) return quoteName(names[0] ?? '');
  await withDatabase({ ...access, threads: 1 }, async (database) => {
    await guardSelect(database, sql, names);
    await asSqlFailed(database.run(`CREATE TABLE mlops.answer AS ${sql}`), 'The SQL');
  });
  return 'mlops.answer';
}

interface Shaped {
  /** the table of all rows, those that were set aside among them */
  readonly rows: string;
  readonly table: string;
  readonly columns: Column[];
  readonly validation: Validation;
  readonly told: string[];
  readonly window: ResolvedWindow | null;
}

async function shape(database: Database, answer: string, rules: CollectRules): Promise<Shaped> {
  const missing = rules.sql === undefined ? [] : await nullMissing(database, answer);
  const folded = await foldedColumns(database, answer);
  const { window, where, untimed } = await windowOf(database, { window: rules.window, answer }, folded);
  const rows = await shapedRows(database, answer, { folded, clauses: `${where} ${orderOf(rules, folded)}`.trim() });
  const given = { table: rows, columns: folded };
  const validation = await validate(database, rules.expectations, given);
  requireRows(window, validation);
  const told = [...missing, ...folded.flatMap((column) => column.told ?? []), ...untimed];
  return { rows, told, validation, window, ...(await keep(database, rules, { ...given, ...validation })) };
}

/** The table of the rows; a table that needs no change is not copied. */
async function shapedRows(
  database: Database,
  answer: string,
  { folded, clauses }: { folded: readonly FoldedColumn[]; clauses: string },
): Promise<string> {
  if (clauses === '' && folded.every(({ expression, name }) => expression === quoteName(name))) return answer;
  const list = folded.map((column) => `${column.expression} AS ${quoteName(column.name)}`).join(', ');
  const rows = `SELECT * FROM (SELECT ${list} FROM ${answer}) ${clauses}`;
  await asSqlFailed(database.run(`CREATE TABLE mlops.result AS ${rows}`), 'Ordering the rows');
  return 'mlops.result';
}

/** Ties are broken by all other columns, so that rows come in one order only. A single source keeps its own order. */
function orderOf({ orderBy, sql }: CollectRules, columns: readonly Column[]): string {
  if (orderBy === undefined && sql === undefined) return '';
  const names = columns.map((column) => column.name);
  const missing = orderBy?.find((name) => !names.includes(name));
  if (missing !== undefined) throw noColumn('orderBy', missing, names);
  return `ORDER BY ${[...new Set([...(orderBy ?? []), ...names])].map(quoteName).join(', ')}`;
}

/** The window as it came to, and the rows that it keeps. */
interface Windowed {
  readonly window: ResolvedWindow | null;
  readonly where: string;
  /** how many rows it leaves out because nobody says when they happened */
  readonly untimed: string[];
}

async function windowOf(
  database: Database,
  { window, answer }: { window: CollectRules['window']; answer: string },
  columns: readonly FoldedColumn[],
): Promise<Windowed> {
  if (window === undefined) return { window: null, where: '', untimed: [] };
  const { name, expression } = timeColumn(columns, window.column);
  const { from, to } = window;
  const instant = await resolver(database, { table: answer, expression, name }, [from, to]);
  const resolved = { column: name, from: from ? instant(from) : null, to: to ? instant(to) : null };
  const isIn = [
    resolved.from && `${quoteName(name)} >= ${quoteInstant(resolved.from)}`,
    resolved.to && `${quoteName(name)} < ${quoteInstant(resolved.to)}`,
  ].filter((condition) => condition !== null);
  if (isIn.length === 0) return { window: resolved, where: '', untimed: [] };
  return {
    window: resolved,
    where: `WHERE ${isIn.join(' AND ')}`,
    untimed: await untimedIn(database, answer, { name, expression }),
  };
}

async function untimedIn(
  database: Database,
  answer: string,
  { name, expression }: Pick<FoldedColumn, 'name' | 'expression'>,
) {
  const { rows } = await database.row(`SELECT count(*)::DOUBLE AS rows FROM ${answer} WHERE (${expression}) IS NULL`);
  return Number(rows) === 0 ? [] : [`${Number(rows)} rows without "${name}" are outside of the window`];
}

function timeColumn(columns: readonly FoldedColumn[], named: string): FoldedColumn {
  const column = columns.find((candidate) => candidate.name === named);
  const names = columns.map((c) => c.name);
  if (column === undefined) throw noColumn('window', named, names);
  if (column.type === 'timestamp') return column;
  throw failure('SCHEMA_CHANGED', `window: column "${named}" is a ${column.type}, not a timestamp.`, { column: named });
}

/** A string column whose rows all passed a `type` rule becomes that type: one bad line need not spoil a CSV's numbers. */
async function keep(
  database: Database,
  { expectations }: CollectRules,
  { table, columns, rowsQuarantined }: GivenRows & Pick<Validation, 'rowsQuarantined'>,
) {
  const kept = columns.map(({ name, type }): Column => {
    const rule = expectations.find((e) => e.kind === 'type' && e.column === name && e.severity !== 'warn');
    return { name, type: rule?.kind === 'type' && type === 'string' ? rule.type : type };
  });
  const changed = rowsQuarantined > 0 || kept.some((column, index) => column.type !== columns[index]?.type);
  if (!changed) return { table, columns: kept };
  const list = kept
    .map(({ name, type }) => `CAST(${quoteName(name)} AS ${storageType[type]}) AS ${quoteName(name)}`)
    .join(', ');
  await database.run(`CREATE TABLE mlops.kept AS SELECT ${list} FROM ${keptRows(table)} ORDER BY rowid`);
  return { table: 'mlops.kept', columns: kept };
}

function requireRows(window: ResolvedWindow | null, { rowsRead, rowsQuarantined }: Validation): void {
  if (rowsRead > rowsQuarantined) return;
  const range = window === null ? '' : ` with ${window.from ?? '…'} <= ${window.column} < ${window.to ?? '…'}`;
  const why =
    rowsRead === 0 ? `The sources hold no row${range}` : `All ${rowsRead} rows were set aside by expectations`;
  throw failure('EMPTY_DATASET', `${why}. A dataset version needs at least one row.`, { rowsRead });
}

const noColumn = (what: string, column: string, names: string[]) =>
  failure('SCHEMA_CHANGED', `${what}: there is no column "${column}". Columns: ${names.slice(0, 50).join(', ')}.`, {
    column,
  });
