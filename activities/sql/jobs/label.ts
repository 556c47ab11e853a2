import { type Column, type ColumnRoles, failure, type LabelInput } from '../../../schemas/index.js';
import { foldedColumns, foldedType } from '../column-types.js';
import { type Database, withDatabase } from '../database.js';
import { ingestDataset } from '../ingest.js';
import { asSqlFailed } from '../sql-error.js';
import { guardExpression } from '../sql-guard.js';
import type { LabelJob, LabelJobResult } from '../sql-job.js';
import { quoteName } from '../sql-quote.js';
import { countOf } from '../version/validate.js';
import { writeVersion } from '../version/write-version.js';

export const KNOWN_AT = 'known_at';
const PART_ROWS = 500_000;
const ROW = 'mlops row number';

/** The child's half of `label`: rule and knownAt run in a phase that can open no file. */
export async function labelJob({ dataset, input, directory, limits }: LabelJob): Promise<LabelJobResult> {
  const access = { directory, limits };
  const time = timeColumnOf(input, dataset.columns);
  requireFreeNames(input, dataset.columns);
  await ingestDataset(access, dataset);
  const outcome = await withDatabase(access, (database) =>
    evaluate(database, input, { columns: dataset.columns, time }),
  );
  const labelled = await withDatabase(access, (database) => keepLabelled(database, input, dataset.columns));
  const content = await writeVersion(access, 'mlops.result', labelled.columns, PART_ROWS);
  const roles: ColumnRoles = { label: input.labelColumn, knownAt: KNOWN_AT, time, outcome };
  const { labelType, labelMean, unlabelled } = labelled;
  return { content, roles, labelType, labelMean, unlabelled };
}

interface Known {
  readonly columns: readonly Column[];
  readonly time: string | null;
}

/** Returns the outcome columns. */
async function evaluate(
  database: Database,
  { rule, knownAt, labelColumn }: LabelInput,
  known: Known,
): Promise<string[]> {
  const byRule = await guardExpression(database, rule, 'rule');
  const byKnownAt = await guardExpression(database, knownAt, 'knownAt');
  for (const [what, names] of Object.entries({ rule: byRule, knownAt: byKnownAt })) requireColumns(what, names, known);
  const label = `(${rule}\n) AS ${quoteName(labelColumn)}`;
  const at = `(${knownAt}\n) AS ${KNOWN_AT}`;
  await asSqlFailed(database.rows(`SELECT ${label} FROM dataset LIMIT 0`), `rule "${rule}"`);
  await asSqlFailed(database.rows(`SELECT ${at} FROM dataset LIMIT 0`), `knownAt "${knownAt}"`);
  await asSqlFailed(
    database.run(`CREATE TABLE mlops.answer AS SELECT *, ${label}, ${at}, rowid AS "${ROW}" FROM dataset`),
    'The label rule',
  );
  await requireOneRowEach(database);
  return outcomesOf(known, byRule, byKnownAt);
}

/** Through the name of its table a rule reads columns that it does not name: they would be left among the features. */
function requireColumns(what: string, names: string[], { columns }: Known): void {
  const isTable = (name: string) =>
    name.toLowerCase() === 'dataset' && !columns.some((c) => c.name.toLowerCase() === name.toLowerCase());
  if (!names.some(isTable)) return;
  throw failure(
    'SQL_REFUSED',
    `${what} must name its columns alone, e.g. "delay > 15": it reads "dataset", the whole row.`,
  );
}

/** A rule may hide an unnest(), in a macro too: then a row would be labelled twice, or not at all. */
async function requireOneRowEach(database: Database): Promise<void> {
  const { equal } = await database.row(
    `SELECT count(*) = count(DISTINCT "${ROW}") AND count(*) = (SELECT count(*) FROM dataset) AS equal FROM mlops.answer`,
  );
  if (equal) return;
  throw failure('LABEL_INVALID', 'rule and knownAt must each give one value a row; one of them gives a list of rows.');
}

/**
 * Columns the rule reads are known only after the prediction. So is a time that only `knownAt` reads, such as an
 * arrival. The time column itself is known when the row happens.
 */
function outcomesOf({ columns, time }: Known, byRule: string[], byKnownAt: string[]): string[] {
  const isIn = (names: string[], column: Column) =>
    names.some((name) => name.toLowerCase() === column.name.toLowerCase());
  const isOutcome = (column: Column) =>
    isIn(byRule, column) || (column.type === 'timestamp' && isIn(byKnownAt, column));
  return columns.filter((column) => column.name !== time && isOutcome(column)).map((column) => column.name);
}

type Labelled = Pick<LabelJobResult, 'labelType' | 'labelMean' | 'unlabelled'> & { columns: Column[] };

async function keepLabelled(
  database: Database,
  { labelColumn }: LabelInput,
  columns: readonly Column[],
): Promise<Labelled> {
  const label = quoteName(labelColumn);
  const labelType = await labelTypeOf(database, labelColumn);
  const value =
    labelType === 'binary'
      ? `CAST(${label} AS BIGINT)`
      : `CASE WHEN isfinite(${label}::DOUBLE) THEN ${label}::DOUBLE END`;
  const at = await knownAtExpression(database);
  const names = columns.map((column) => quoteName(column.name)).join(', ');
  const rows = `SELECT ${names}, ${value} AS ${label}, ${at} AS ${KNOWN_AT}, "${ROW}" FROM mlops.answer`;
  await database.run(
    `CREATE TABLE mlops.result AS SELECT * EXCLUDE ("${ROW}") FROM (${rows}) WHERE ${label} IS NOT NULL ORDER BY "${ROW}"`,
  );
  const { kept, mean, timed } = await database.row(
    `SELECT count(*)::DOUBLE AS kept, avg(${label}) AS mean, count(${KNOWN_AT})::DOUBLE AS timed FROM mlops.result`,
  );
  if (kept === 0) throw failure('LABEL_INVALID', 'The rule gives no label: it is null for every row.', { labelColumn });
  if (timed === 0) throw failure('LABEL_INVALID', 'knownAt is null for every labelled row.');
  const type = labelType === 'binary' ? ('integer' as const) : ('number' as const);
  const all: Column[] = [...columns, { name: labelColumn, type }, { name: KNOWN_AT, type: 'timestamp' }];
  return {
    columns: all,
    labelType,
    labelMean: Number(mean),
    unlabelled: (await countOf(database, 'mlops.answer')) - Number(kept),
  };
}

/** A boolean, or whole numbers that are only ever 0 or 1, is binary. */
async function labelTypeOf(database: Database, labelColumn: string): Promise<'binary' | 'number'> {
  const described = await database.rows('DESCRIBE mlops.answer');
  const duckdbType = String(described.find((row) => row.column_name === labelColumn)?.column_type);
  const type = foldedType(duckdbType);
  if (type === 'boolean') return 'binary';
  if (type === 'number') return 'number';
  if (type !== 'integer')
    throw failure('LABEL_INVALID', `The rule gives ${duckdbType}; a label is a boolean or a number.`, { labelColumn });
  const { other } = await database.row(
    `SELECT count(*) FILTER (${quoteName(labelColumn)} NOT IN (0, 1))::DOUBLE AS other FROM mlops.answer`,
  );
  return other === 0 ? 'binary' : 'number';
}

async function knownAtExpression(database: Database): Promise<string> {
  const column = (await foldedColumns(database, `(SELECT ${KNOWN_AT} FROM mlops.answer)`))[0];
  if (column?.type === 'timestamp') return column.expression;
  throw failure(
    'LABEL_INVALID',
    `knownAt gives a ${column?.type}; it must be a timestamp, e.g. "departure + to_minutes(delay)".`,
  );
}

function timeColumnOf({ timeColumn }: LabelInput, columns: readonly Column[]): string | null {
  const times = columns.filter((column) => column.type === 'timestamp').map((column) => column.name);
  const list = times.length === 0 ? 'it has none' : times.join(', ');
  if (timeColumn !== undefined && !times.includes(timeColumn)) {
    throw failure(
      'SCHEMA_CHANGED',
      `timeColumn: "${timeColumn}" is no timestamp column of the dataset. Timestamps: ${list}.`,
      { timeColumn },
    );
  }
  if (timeColumn === undefined && times.length > 1)
    throw failure('InvalidInput', `Say which "timeColumn" is when a row happened: ${list}.`, { times });
  return timeColumn ?? times[0] ?? null;
}

function requireFreeNames({ labelColumn }: LabelInput, columns: readonly Column[]): void {
  const taken = columns.find((column) => [labelColumn.toLowerCase(), KNOWN_AT].includes(column.name.toLowerCase()));
  if (taken === undefined) return;
  throw failure(
    'LABEL_INVALID',
    `The dataset already has a column "${taken.name}". Choose another "labelColumn", or rename it when collecting.`,
    {
      column: taken.name,
    },
  );
}
