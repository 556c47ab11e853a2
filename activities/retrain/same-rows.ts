import { type DatasetReference, failure, MatrixMeta } from '../../schemas/index.js';
import type { ComparedMetric } from '../../statistics/metrics/weighted-metric.js';
import { createPartCache } from '../datasets/part-cache.js';
import { localFiles, readManifest } from '../datasets/version.js';
import { readJsonBlob } from '../files/json-blob.js';
import { partDirectory } from '../processes/job-directory.js';
import { SqlLimits } from '../sql/sql-job.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { Registry } from '../stores/registry.js';
import { finishedRun, trainInputOf } from '../train/finished-run.js';
import { compareInProcess } from './compare-process.js';
import type { PackagedModel } from './packaged-model.js';

interface Ports {
  readonly blobs: BlobStore;
  readonly registry: Registry;
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

interface Asked {
  readonly champion: PackagedModel;
  readonly challenger: PackagedModel;
  readonly metrics: readonly ComparedMetric[];
  /** a labelled dataset version */
  readonly dataset: Pick<DatasetReference, 'name' | 'digest'>;
  /** labelled rows from here on; the challenger's own test split when null */
  readonly compareFrom: string | null;
  readonly signal: AbortSignal;
}

/** Both packages answer the same labelled rows, which neither learnt from as far as the data's time says. */
export async function answerSameRows(ports: Ports, { dataset, compareFrom, signal, ...opponents }: Asked) {
  const { champion, challenger } = opponents;
  requireSameTask(champion, challenger);
  const labelled = await labelledFiles(ports, dataset);
  const unseenFrom = await testBeganAt(ports, champion.runId);
  const place = { workDirectory: ports.workDirectory, limits: SqlLimits.parse(ports.limits ?? {}), signal };
  const input = await trainInputOf(ports, challenger.runId);
  const compared = await compareInProcess(place, { ...opponents, ...labelled, input, from: compareFrom, unseenFrom });
  return { ...compared, isTimed: unseenFrom !== null && labelled.roles.time !== null };
}

/** A champion is not asked about what it learnt by heart. */
async function testBeganAt(ports: Ports, runId: string): Promise<string | null> {
  const { run } = await finishedRun(ports, runId);
  return (await readJsonBlob(ports.blobs, run.metaDigest, MatrixMeta)).testFrom;
}

async function labelledFiles({ blobs, workDirectory }: Ports, { name, digest }: Asked['dataset']) {
  const manifest = await readManifest(blobs, digest);
  const { roles } = manifest;
  if (roles === null) {
    throw failure('LABEL_INVALID', `Dataset "${name}" has no labels to compare models on.`, { name, digest });
  }
  return { roles, dataset: await localFiles(createPartCache(blobs, partDirectory(workDirectory)), manifest) };
}

function requireSameTask(champion: PackagedModel, challenger: PackagedModel): void {
  if (champion.task === challenger.task) return;
  throw failure(
    'SCHEMA_CHANGED',
    `Version ${champion.version} answers a ${champion.task} task and version ${challenger.version} a ${challenger.task} one: they cannot be compared.`,
    { champion: champion.version, challenger: challenger.version },
  );
}
