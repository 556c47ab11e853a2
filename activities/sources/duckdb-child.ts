import { childMain } from '../child-main.js';
import { collectJob } from './collect-job.js';
import { DuckdbJob } from './duckdb-job.js';
import { labelJob } from './label-job.js';
import { matrixJob } from './matrix-job.js';
import { sampleJob } from './sample-job.js';
import { asSqlFailed } from './sql-error.js';

/** Process entry: one job, one process. Data and SQL of strangers stay out of the worker. */
await childMain((input) => asSqlFailed(work(DuckdbJob.parse(input)), 'The job'));

function work(job: DuckdbJob): Promise<unknown> {
  switch (job.kind) {
    case 'collect':
      return collectJob(job);
    case 'label':
      return labelJob(job);
    case 'matrix':
      return matrixJob(job);
    case 'sample':
      return sampleJob(job);
  }
}
