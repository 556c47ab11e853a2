import { childMain } from '../child-main.js';
import { collectJob } from './collect-job.js';
import { DuckdbJob } from './duckdb-job.js';
import { labelJob } from './label-job.js';
import { matrixJob } from './matrix-job.js';
import { sampleJob } from './sample-job.js';

/** Process entry: one job, one process. Data and SQL of strangers stay out of the worker. */
await childMain((input) => {
  const job = DuckdbJob.parse(input);
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
});
