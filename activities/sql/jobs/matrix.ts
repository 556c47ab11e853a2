import { join } from 'node:path';
import type { Column, Feature } from '../../../schemas/index.js';
import { withDatabase } from '../database.js';
import { ingestDataset } from '../ingest.js';
import { candidatesOf, chooseFeatures } from '../matrix/choose-features.js';
import { learntTask, requireLabels } from '../matrix/learnt-task.js';
import { prepareRows } from '../matrix/prepared-rows.js';
import { pickRows } from '../matrix/splits.js';
import { writeMatrix } from '../matrix/write-matrix.js';
import { writeRawRows } from '../matrix/write-raw-rows.js';
import type { MatrixJob, MatrixJobResult } from '../sql-job.js';

/** The child's half of `prepareMatrix`. Only our own SQL runs here, with one thread: the same input gives the same bytes. */
export async function matrixJob(job: MatrixJob): Promise<MatrixJobResult> {
  const access = { directory: job.directory, limits: job.limits };
  const chosenTask = learntTask({ ...job, columns: job.dataset.columns });
  const { task } = chosenTask;
  const wanted = candidatesOf(job.dataset.columns, job.roles, job.input.features);
  const { candidates } = wanted;
  await ingestDataset(access, job.dataset);
  return withDatabase({ ...access, threads: 1 }, async (database) => {
    const { rows, split, testFrom } = await pickRows(database, { roles: job.roles, task, input: job.input });
    await prepareRows(database, job.roles.label, candidates);
    await requireLabels(database, chosenTask);
    const chosen = await chooseFeatures(database, wanted, task);
    const file = join(job.directory, 'out', 'matrix.bin');
    await writeMatrix(database, file, { features: chosen.features, candidates, rows });
    const signature = signatureOf(chosen.features, job.dataset.columns);
    const complete = signature.map(({ name }) => name).filter((name) => chosen.complete.includes(name));
    const rowsFile = join(job.directory, 'out', 'rows.jsonl');
    await writeRawRows(database, rowsFile, { inputs: signature, candidates });
    return {
      file,
      rowsFile,
      meta: { ...chosen, complete, ...chosenTask, rows, split, testFrom, signature, timeColumn: job.roles.time },
    };
  });
}

/** What a prediction request must carry, in the dataset's order. */
function signatureOf(features: readonly Feature[], columns: readonly Column[]): Column[] {
  const used = new Set(features.map((feature) => feature.column));
  return columns.filter((column) => used.has(column.name));
}
