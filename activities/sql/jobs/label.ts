import { type Column, type ColumnRoles, failure, type LabelSummary } from '../../../schemas/index.js';
import { type Database, withDatabase } from '../database.js';
import { ingestAnswers, ingestDataset } from '../ingest.js';
import { type LabelValue, labelAsTask, timeValue } from '../label/label-values.js';
import type { LabelJob, LabelJobResult } from '../sql-job.js';
import { quoteInstant, quoteName } from '../sql-quote.js';
import { countOf } from '../version/validate.js';
import { writeVersion } from '../version/write-version.js';

const partRows = 500_000;
const categoriesShown = 20;
const labellersShown = 100;
const shownLength = 200;

/** The child's half of `label`: a dataset and what was answered for its rows → a labelled version. */
export async function labelJob(job: LabelJob): Promise<LabelJobResult> {
  const access = { directory: job.directory, limits: job.limits };
  await ingestDataset(access, job.dataset);
  const { time } = job.roles;
  const otherwise = time === null ? quoteInstant(job.collectedAt) : `d.${quoteName(time)}`;
  const saysKnownAt = await ingestAnswers(access, job.answers, otherwise);
  const labelled = await withDatabase(access, (database) => keepLabelled(database, job));
  const content = await writeVersion(access, 'mlops.result', { columns: labelled.columns, partRows });
  const { columns: _columns, ...result } = labelled;
  return { content, ...result, knownAtFrom: saysKnownAt ? 'labeler' : time === null ? 'collection' : 'timeColumn' };
}

type Labelled = Omit<LabelJobResult, 'content' | 'knownAtFrom'> & { readonly columns: Column[] };

async function keepLabelled(database: Database, { dataset, roles, asOf, task }: LabelJob): Promise<Labelled> {
  const { columns } = dataset;
  await requireAnswersForRows(database);
  const at = await timeValue(database, 'mlops.given', 'known_at');
  const label = quoteName(roles.label);
  if (asOf !== null)
    await database.run(`DELETE FROM mlops.given WHERE NOT coalesce(${at} <= ${quoteInstant(asOf)}, false)`);
  const found = await labelAsTask(database, 'mlops.given', task);
  const answers = `SELECT "row", ${found.value} AS label, ${at} AS known_at FROM mlops.given`;
  const names = columns.map((column) => `d.${quoteName(column.name)}`).join(', ');
  await database.run(
    `CREATE TABLE mlops.result AS SELECT ${names}, a.label AS ${label}, a.known_at AS ${quoteName(roles.knownAt)}
     FROM dataset d JOIN (${answers}) a ON d.rowid = a."row" WHERE a.label IS NOT NULL ORDER BY d.rowid`,
  );
  const counts = await timesOf(database, roles);
  const all: Column[] = [
    ...columns,
    { name: roles.label, type: found.type },
    { name: roles.knownAt, type: 'timestamp' },
  ];
  return {
    columns: all,
    task: found.task,
    taskReason: found.taskReason,
    label: await summaryOf(database, found, label),
    labelledBy: await labellersOf(database, found),
    ...counts,
    unlabelled: (await countOf(database, 'dataset')) - (await countOf(database, 'mlops.result')),
  };
}

async function requireAnswersForRows(database: Database): Promise<void> {
  const { isSound } = await database.row(
    `SELECT count(*) = count(DISTINCT "row") AND count(*) = count(d.rowid) AS "isSound"
     FROM mlops.given g LEFT JOIN dataset d ON d.rowid = g."row"`,
  );
  if (isSound) return;
  throw failure('LABEL_INVALID', 'The answers name a row twice, or one that the dataset does not have.');
}

/** Labelled rows that have no place in time. */
async function timesOf(database: Database, { label, knownAt, time }: ColumnRoles) {
  const happened = time === null ? 'count(*)' : `count(${quoteName(time)})`;
  const { kept, timed, happenedAt } = await database.row(
    `SELECT count(*)::DOUBLE AS kept, count(${quoteName(knownAt)})::DOUBLE AS timed, ${happened}::DOUBLE AS "happenedAt"
     FROM mlops.result`,
  );
  if (kept === 0) throw failure('LABEL_INVALID', 'There is no label: it is null for every row.', { label });
  if (timed === 0) throw failure('LABEL_INVALID', 'knownAt is null for every labelled row.');
  return { withoutTime: Number(kept) - Number(happenedAt), withoutKnownAt: Number(kept) - Number(timed) };
}

async function summaryOf(database: Database, { labelType }: LabelValue, label: string): Promise<LabelSummary> {
  if (labelType === 'category') return categoriesOf(database, label);
  const { mean } = await database.row(`SELECT avg(${label}) AS mean FROM mlops.result`);
  return labelType === 'binary'
    ? { kind: 'binary', positiveShare: Number(mean) }
    : { kind: 'number', mean: Number(mean) };
}

async function categoriesOf(database: Database, label: string): Promise<LabelSummary> {
  const counted = `SELECT ${label} AS category, count(*)::DOUBLE AS rows FROM mlops.result GROUP BY 1`;
  const rows = await database.rows(`${counted} ORDER BY rows DESC, category LIMIT ${categoriesShown}`);
  const { distinct } = await database.row(`SELECT count(*)::DOUBLE AS "distinct" FROM (${counted})`);
  return {
    kind: 'category',
    distinct: Number(distinct),
    categories: rows.map((row) => ({ category: String(row.category).slice(0, shownLength), rows: Number(row.rows) })),
  };
}

async function labellersOf(database: Database, { value }: LabelValue): Promise<Labelled['labelledBy']> {
  const rows = await database.rows(
    `SELECT labeller, count(*)::DOUBLE AS rows FROM mlops.given WHERE ${value} IS NOT NULL GROUP BY 1 ORDER BY rows DESC, labeller LIMIT ${labellersShown}`,
  );
  return rows.map((row) => ({ labeller: String(row.labeller).slice(0, shownLength), rows: Number(row.rows) }));
}
