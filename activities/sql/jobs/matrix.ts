import { join } from 'node:path';
import { type Column, type Feature, failure, type Task } from '../../../schemas/index.js';
import { taskOfColumn } from '../../../statistics/tasks/tasks.js';
import { type Database, withDatabase } from '../database.js';
import { ingestDataset } from '../ingest.js';
import { candidatesOf, chooseFeatures } from '../matrix/choose-features.js';
import { prepareRows } from '../matrix/prepared-rows.js';
import { pickRows } from '../matrix/splits.js';
import { writeMatrix } from '../matrix/write-matrix.js';
import { writeRawRows } from '../matrix/write-raw-rows.js';
import type { MatrixJob, MatrixJobResult } from '../sql-job.js';
import { columnNamed } from '../version/raw-rows.js';

/** The child's half of `prepareMatrix`. Only our own SQL runs here, with one thread: the same input gives the same bytes. */
export async function matrixJob(job: MatrixJob): Promise<MatrixJobResult> {
  const access = { directory: job.directory, limits: job.limits };
  const task = taskOf(job);
  const { candidates, refused } = candidatesOf(job.dataset.columns, job.roles, job.input.features);
  await ingestDataset(access, job.dataset);
  return withDatabase({ ...access, threads: 1 }, async (database) => {
    const { rows, testFrom, leftOut } = await pickRows(database, job.roles, job.input);
    await prepareRows(database, job.roles.label, candidates);
    await requireTwoLabels(database);
    const chosen = await chooseFeatures(database, candidates, refused);
    const file = join(job.directory, 'out', 'matrix.bin');
    await writeMatrix(database, file, { features: chosen.features, candidates, rows });
    const signature = signatureOf(chosen.features, job.dataset.columns);
    const complete = signature.map(({ name }) => name).filter((name) => chosen.complete.includes(name));
    const rowsFile = join(job.directory, 'out', 'rows.jsonl');
    await writeRawRows(database, rowsFile, { inputs: signature, candidates });
    return {
      file,
      rowsFile,
      meta: { ...chosen, complete, task, rows, testFrom, leftOut, signature, timeColumn: job.roles.time },
    };
  });
}

function taskOf({ dataset, roles }: MatrixJob): Task {
  return taskOfColumn(columnNamed(dataset.columns, roles.label));
}

async function requireTwoLabels(database: Database): Promise<void> {
  const { isOne, value } = await database.row(
    'SELECT min(y) = max(y) AS "isOne", min(y) AS value FROM mlops.prepared WHERE s = 0',
  );
  if (isOne !== true) return;
  throw failure(
    'ONE_CLASS',
    `Every label of the training rows is ${value}: there is nothing to learn. Look at the label rule and the split.`,
    { label: value },
  );
}

/** What a prediction request must carry, in the dataset's order. */
function signatureOf(features: readonly Feature[], columns: readonly Column[]): Column[] {
  const used = new Set(features.map((feature) => feature.column));
  return columns.filter((column) => used.has(column.name));
}
