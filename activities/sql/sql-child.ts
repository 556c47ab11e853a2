import { childMain } from '../processes/child-main.js';
import { collectJob } from './jobs/collect.js';
import { compactJob } from './jobs/compact.js';
import { inspectJob } from './jobs/inspect.js';
import { labelJob } from './jobs/label.js';
import { matrixJob } from './jobs/matrix.js';
import { ruleJob } from './jobs/rule.js';
import { sampleJob } from './jobs/sample.js';
import { asSqlFailed } from './sql-error.js';
import { DuckdbJob } from './sql-job.js';

/** Process entry: one job, one process. Data and SQL of strangers stay out of the worker. */
await childMain((input) => asSqlFailed(work(DuckdbJob.parse(input)), 'The job'));

function work(job: DuckdbJob): Promise<unknown> {
  switch (job.kind) {
    case 'collect':
      return collectJob(job);
    case 'rule':
      return ruleJob(job);
    case 'label':
      return labelJob(job);
    case 'matrix':
      return matrixJob(job);
    case 'sample':
      return sampleJob(job);
    case 'compact':
      return compactJob(job);
    case 'inspect':
      return inspectJob(job);
  }
}
