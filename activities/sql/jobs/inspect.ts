import { foldedColumns } from '../column-types.js';
import { type Database, withDatabase } from '../database.js';
import { ingestSources } from '../ingest.js';
import { labelAsTask } from '../label/label-values.js';
import { asSqlFailed } from '../sql-error.js';
import { guardExpression } from '../sql-guard.js';
import type { InspectedColumn, InspectedLabel, InspectJob, InspectJobResult } from '../sql-job.js';
import { quoteName } from '../sql-quote.js';

/** The child's half of `inspect`: reads a file as `collect` does, and keeps nothing of it. */
export async function inspectJob({ source, rule, directory, limits }: InspectJob): Promise<InspectJobResult> {
  const access = { directory, limits };
  const notes = (await ingestSources(access, [source])).flatMap(({ told }) => told);
  return withDatabase(access, async (database) => {
    const folded = await foldedColumns(database, quoteName(source.name));
    const list = folded.map(({ expression, name }) => `${expression} AS ${quoteName(name)}`).join(', ');
    await database.run(`CREATE TABLE dataset AS SELECT ${list} FROM ${quoteName(source.name)}`);
    const { rows } = await database.row('SELECT count(*)::DOUBLE AS rows FROM dataset');
    const columns: InspectedColumn[] = [];
    for (const column of folded) columns.push(await inspected(database, column));
    return { rows: Number(rows), columns, notes, label: rule === null ? null : await inspectedLabel(database, rule) };
  });
}

async function inspected(database: Database, { name, type }: Pick<InspectedColumn, 'name' | 'type'>) {
  const column = quoteName(name);
  const span = type === 'integer' ? `max(${column})::DOUBLE - min(${column})::DOUBLE + 1 = count(${column})` : 'false';
  const { missing, distinct, isRunning } = await database.row(
    `SELECT (count(*) - count(${column}))::DOUBLE AS missing, count(DISTINCT ${column})::DOUBLE AS "distinct",
       coalesce(${span} AND count(DISTINCT ${column}) = count(*), false) AS "isRunning" FROM dataset`,
  );
  const counts = { missing: Number(missing), distinct: Number(distinct), isRunning: isRunning === true };
  return {
    name,
    type,
    ...counts,
    ...(type === 'string' ? await numbersIn(database, column) : { numbers: 0, others: [] }),
  };
}

/** A text column that is nearly all numbers has a word for what is missing, or a mistake. */
async function numbersIn(database: Database, column: string): Promise<Pick<InspectedColumn, 'numbers' | 'others'>> {
  const { numbers } = await database.row(
    `SELECT count(*) FILTER (isfinite(TRY_CAST(trim(${column}) AS DOUBLE)))::DOUBLE AS numbers FROM dataset`,
  );
  if (numbers === 0) return { numbers: 0, others: [] };
  const others = await database.rows(
    `SELECT left(${column}, 40) AS text FROM dataset
     WHERE ${column} IS NOT NULL AND NOT coalesce(isfinite(TRY_CAST(trim(${column}) AS DOUBLE)), false)
     GROUP BY ${column} ORDER BY count(*) DESC, ${column} LIMIT 3`,
  );
  return { numbers: Number(numbers), others: others.map(({ text }) => String(text)) };
}

async function inspectedLabel(database: Database, rule: string): Promise<InspectedLabel> {
  const reads = await guardExpression(database, rule, 'rule');
  const answer = `CREATE TABLE mlops.answer AS SELECT (${rule}\n) AS label FROM dataset`;
  await asSqlFailed(database.run(answer), `rule "${rule}"`);
  const { labelType, value } = await labelAsTask(database, 'mlops.answer', null);
  const { distinct, unlabelled, mean } = await database.row(
    `SELECT count(DISTINCT ${value})::DOUBLE AS "distinct", (count(*) - count(${value}))::DOUBLE AS unlabelled,
       ${labelType === 'category' ? 'NULL' : `avg(${value})::DOUBLE`} AS mean FROM mlops.answer`,
  );
  const known = typeof mean === 'number' && Number.isFinite(mean) ? mean : null;
  return { labelType, distinct: Number(distinct), unlabelled: Number(unlabelled), mean: known, reads };
}
