import { join } from 'node:path';
import { type Column, failure } from '../../../schemas/index.js';
import { type Database, withDatabase } from '../database.js';
import { ingestDataset } from '../ingest.js';
import { labelValue, timeValue } from '../label/label-values.js';
import { isNamedIn } from '../same-name.js';
import { asSqlFailed } from '../sql-error.js';
import { guardExpression } from '../sql-guard.js';
import type { RuleJob, RuleJobResult } from '../sql-job.js';
import { quoteText } from '../sql-quote.js';

/** The child's half of the rule labeler: rule and knownAt run in a phase that can open no file. */
export async function ruleJob({ dataset, rule, knownAt, directory, limits }: RuleJob): Promise<RuleJobResult> {
  const access = { directory, limits };
  await ingestDataset(access, dataset);
  const outcomeColumns = await withDatabase({ ...access, threads: 1 }, (database) =>
    evaluate(database, { rule, knownAt }, dataset.columns),
  );
  const out = join(directory, 'out');
  const file = join(out, 'answers.parquet');
  await withDatabase({ ...access, writableDirectory: out }, (database) =>
    writeAnswers(database, file, knownAt !== undefined),
  );
  return { file, outcomeColumns };
}

type Rule = Pick<RuleJob, 'rule' | 'knownAt'>;

/** `mlops.answer`: one row each. Returns the outcome columns. */
async function evaluate(database: Database, { rule, knownAt }: Rule, columns: readonly Column[]): Promise<string[]> {
  const byRule = await guardExpression(database, rule, 'rule');
  const byKnownAt = knownAt === undefined ? [] : await guardExpression(database, knownAt, 'knownAt');
  for (const [what, names] of Object.entries({ rule: byRule, knownAt: byKnownAt }))
    requireColumns(what, names, columns);
  const label = `(${rule}\n) AS label`;
  const at = knownAt === undefined ? null : `(${knownAt}\n) AS known_at`;
  await asSqlFailed(database.rows(`SELECT ${label} FROM dataset LIMIT 0`), `rule "${rule}"`);
  if (at !== null) await asSqlFailed(database.rows(`SELECT ${at} FROM dataset LIMIT 0`), `knownAt "${knownAt}"`);
  await asSqlFailed(
    database.run(
      `CREATE TABLE mlops.answer AS SELECT ${['rowid AS "row"', label, ...(at === null ? [] : [at])].join(', ')} FROM dataset`,
    ),
    'The label rule',
  );
  await requireOneRowEach(database);
  return outcomesOf(columns, byRule, byKnownAt);
}

/** In types that Parquet keeps as they are. */
async function writeAnswers(database: Database, file: string, saysKnownAt: boolean): Promise<void> {
  const { value } = await labelValue(database, 'mlops.answer', 'The rule');
  const at = saysKnownAt ? `, ${await timeValue(database, 'mlops.answer', 'knownAt')} AS known_at` : '';
  const rows = `SELECT "row", ${value} AS label${at} FROM mlops.answer ORDER BY "row"`;
  await database.run(`COPY (${rows}) TO ${quoteText(file)} (FORMAT parquet)`);
}

/** Through the name of its table a rule reads columns that it does not name: they would be left among the features. */
function requireColumns(what: string, names: string[], columns: readonly Column[]): void {
  const known = columns.map((column) => column.name);
  const isTable = (name: string) => isNamedIn(['dataset'], name) && !isNamedIn(known, name);
  if (!names.some(isTable)) return;
  throw failure(
    'SQL_REFUSED',
    `${what} must name its columns alone, e.g. "delay > 15": it reads "dataset", the whole row.`,
  );
}

/** A rule may hide an unnest(), in a macro too: then a row would be labelled twice, or not at all. */
async function requireOneRowEach(database: Database): Promise<void> {
  const { equal } = await database.row(
    'SELECT count(*) = count(DISTINCT "row") AND count(*) = (SELECT count(*) FROM dataset) AS equal FROM mlops.answer',
  );
  if (equal) return;
  throw failure('LABEL_INVALID', 'rule and knownAt must each give one value a row; one of them gives a list of rows.');
}

/** Columns the rule reads are known only after the prediction. So is a time that only `knownAt` reads, such as an arrival. */
function outcomesOf(columns: readonly Column[], byRule: string[], byKnownAt: string[]): string[] {
  const isOutcome = (column: Column) =>
    isNamedIn(byRule, column.name) || (column.type === 'timestamp' && isNamedIn(byKnownAt, column.name));
  return columns.filter(isOutcome).map((column) => column.name);
}
