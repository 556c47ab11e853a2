import type { Column } from '../../../schemas/index.js';
import { type Database, withDatabase } from '../database.js';
import { ingestDataset } from '../ingest.js';
import { learntTask } from '../matrix/learnt-task.js';
import { pickRows, sampleOrder, splitNames } from '../matrix/splits.js';
import type { RawRows, SampleJob } from '../sql-job.js';
import { columnNamed, rawIn, rawValue } from '../version/raw-rows.js';

/** The child's half of `sampleRawRows`: rows of one split as a request would carry them. */
export async function sampleJob({
  directory,
  limits,
  dataset,
  roles,
  input,
  split,
  columns,
  count,
}: SampleJob): Promise<RawRows> {
  const access = { directory, limits };
  const wanted = columns.map((name) => columnNamed(dataset.columns, name));
  await ingestDataset(access, dataset);
  return withDatabase(access, async (database) => {
    const { task } = learntTask({ columns: dataset.columns, roles, input });
    await pickRows(database, { roles, task, input });
    const picked = `SELECT r FROM mlops.picked WHERE s = ${splitNames.indexOf(split)} ORDER BY ${sampleOrder(input.seed)} LIMIT ${count}`;
    return readRows(database, wanted, `FROM dataset WHERE rowid IN (${picked}) ORDER BY rowid`);
  });
}

async function readRows(database: Database, columns: readonly Column[], from: string): Promise<RawRows> {
  const list = columns.map((column, index) => `${rawIn(column)} AS v${index}`).join(', ');
  const rows = await database.rows(`SELECT ${list} ${from}`);
  return Object.fromEntries(columns.map(({ name }, index) => [name, rows.map((row) => rawValue(row[`v${index}`]))]));
}
