import { z } from 'zod';
import { ColumnRoles, failure, Instant, TrainInput } from '../../../schemas/index.js';
import { type Database, withDatabase } from '../database.js';
import { ingestDataset } from '../ingest.js';
import { learntTask } from '../matrix/learnt-task.js';
import { pickRows, sampleOrder } from '../matrix/splits.js';
import { DatasetFiles, type RawRows, SqlLimits } from '../sql-job.js';
import { quoteInstant, quoteName } from '../sql-quote.js';
import { columnNamed, rawIn, rawValue } from '../version/raw-rows.js';

export const HeldOutRequest = z.strictObject({
  directory: z.string(),
  limits: SqlLimits,
  dataset: DatasetFiles,
  roles: ColumnRoles,
  /** how the challenger was trained: its test split was never learnt from */
  input: TrainInput,
  /** unseen rows from here on, in place of the test split */
  from: Instant.nullable(),
  /** UTC ISO: what the other model learnt from or was chosen by lies before; null where it had no time */
  unseenFrom: z.string().nullable(),
  columns: z.array(z.string()).min(1),
  most: z.number().int().min(1),
});
export type HeldOutRequest = z.infer<typeof HeldOutRequest>;

export interface HeldOutRows {
  /** column by column, as a request would carry them */
  readonly columns: RawRows;
  readonly labels: Float64Array;
}

/**
 * Labelled rows that neither model learnt from or was chosen by, at most `most`: the same rows each time, drawn by a hash
 * of seed and row number. Of a dataset without a time only the challenger's own are known. Runs in a child process, as every
 * job on a dataset.
 *
 * Errors: SCHEMA_CHANGED when the dataset lacks a column · SPLIT_EMPTY without rows · InvalidInput for `from` where the
 * dataset has no time.
 */
export async function heldOutRows(request: HeldOutRequest): Promise<HeldOutRows> {
  const { directory, limits, dataset, roles } = request;
  const wanted = request.columns.map((name) => columnNamed(dataset.columns, name));
  await ingestDataset({ directory, limits }, dataset);
  return withDatabase({ directory, limits }, async (database) => {
    const picked = await pickHeldOut(database, request);
    const label = `${quoteName(roles.label)}::DOUBLE`;
    const list = [label, ...wanted.map(rawIn)].map((column, index) => `${column} AS v${index}`);
    const from = `FROM dataset WHERE rowid IN (${picked}) ORDER BY rowid`;
    const found = await database.connection.runAndReadAll(`SELECT ${list.join(', ')} ${from}`);
    const [labels, ...columns] = found.getColumnsJS();
    if (!labels || labels.length === 0)
      throw failure('SPLIT_EMPTY', 'No labelled row is left to compare on that neither model learnt from.');
    return {
      labels: Float64Array.from(labels, Number),
      columns: Object.fromEntries(wanted.map(({ name }, index) => [name, (columns[index] ?? []).map(rawValue)])),
    };
  });
}

/** Also with `from`, what the challenger learnt from or was chosen by stays out: it would win by heart. */
async function pickHeldOut(database: Database, request: HeldOutRequest): Promise<string> {
  const { roles, input, from, unseenFrom, most } = request;
  const some = `ORDER BY ${sampleOrder(input.seed)} LIMIT ${most}`;
  if (from !== null && roles.time === null) {
    throw failure('InvalidInput', 'The dataset has no time column, so "compareFrom" means nothing. Leave it out.');
  }
  const { task } = learntTask({ columns: request.dataset.columns, roles, input });
  await pickRows(database, { roles, task, input });
  const since = roles.time === null ? [] : [from, unseenFrom].filter((instant) => instant !== null);
  const isLater = since.map((instant) => `AND d.${quoteName(roles.time ?? '')} >= ${quoteInstant(instant)}`).join(' ');
  const [table, unseen] = from === null ? ['picked', 'p.s = 2'] : ['split', '(p.s IS NULL OR p.s = 2)'];
  const rows = `SELECT p.r FROM mlops.${table} p JOIN dataset d ON d.rowid = p.r WHERE ${unseen} ${isLater}`;
  return `SELECT r FROM (${rows}) ${some}`;
}
