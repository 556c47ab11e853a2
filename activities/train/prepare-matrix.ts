import {
  type CheckedTrainInput,
  type DatasetReference,
  type Digest,
  failure,
  type MatrixMeta,
} from '../../schemas/index.js';
import { createPartCache } from '../datasets/part-cache.js';
import { localFiles, putJson, readManifest } from '../datasets/version.js';
import { inJobDirectory, partDirectory } from '../processes/job-directory.js';
import { type RawRows, SqlLimits } from '../sql/sql-job.js';
import { runMatrix, runSample, type SqlProcess } from '../sql/sql-process.js';
import type { BlobStore } from '../stores/blob-store.js';

export interface PreparePorts {
  readonly blobs: BlobStore;
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

export interface PreparedMatrix {
  readonly meta: MatrixMeta;
  readonly metaDigest: Digest;
  readonly matrixDigest: Digest;
  readonly metaBlob: { digest: Digest; sizeBytes: number; uri: string };
  readonly matrixBlob: { digest: Digest; sizeBytes: number; uri: string };
}

/**
 * A labelled dataset version as numbers: splits, features and label in one blob, the raw rows that are held out in
 * another, what they mean in a third. The same input gives the same digests.
 *
 * Errors: LABEL_INVALID when not labelled · SCHEMA_CHANGED · NO_FEATURES · ONE_CLASS · SPLIT_EMPTY.
 */
export async function prepareMatrix(
  ports: PreparePorts,
  input: CheckedTrainInput,
  { dataset, signal }: { dataset: LabelledVersion; signal?: AbortSignal },
): Promise<PreparedMatrix> {
  return withLabelled(ports, { dataset, signal }, async (at, labelled) => {
    const { file, rowsFile, meta } = await runMatrix(at, { ...labelled, input });
    const matrixBlob = await ports.blobs.put({ file });
    const rowsBlob = await ports.blobs.put({ file: rowsFile });
    const complete: MatrixMeta = { ...meta, matrixDigest: matrixBlob.digest, rowsDigest: rowsBlob.digest };
    const metaBlob = await putJson(ports.blobs, complete);
    return { meta: complete, metaDigest: metaBlob.digest, matrixDigest: matrixBlob.digest, metaBlob, matrixBlob };
  });
}

type LabelledVersion = Pick<DatasetReference, 'name' | 'digest'>;

export interface SampleRequest {
  readonly dataset: LabelledVersion;
  /** usually the names of `MatrixMeta.signature` */
  readonly columns: string[];
  readonly count: number;
  /** test when absent */
  readonly split?: 'train' | 'validation' | 'test';
  readonly signal?: AbortSignal;
}

/** Raw rows as a request carries them, fewer than `count` when there are fewer: for parity, baselines and examples. */
export async function sampleRawRows(
  ports: PreparePorts,
  input: CheckedTrainInput,
  request: SampleRequest,
): Promise<RawRows> {
  const { dataset, columns, count, signal, split = 'test' } = request;
  return withLabelled(ports, { dataset, signal }, (at, labelled) =>
    runSample(at, { ...labelled, input, split, columns, count }),
  );
}

type Labelled = Pick<Parameters<typeof runMatrix>[1], 'dataset' | 'roles'>;

async function withLabelled<T>(
  { blobs, workDirectory, limits }: PreparePorts,
  { dataset: { name, digest }, signal }: { dataset: LabelledVersion; signal: AbortSignal | undefined },
  work: (at: SqlProcess, labelled: Labelled) => Promise<T>,
): Promise<T> {
  const manifest = await readManifest(blobs, digest);
  const { roles } = manifest;
  if (roles === null)
    throw failure('LABEL_INVALID', `Dataset "${name}" has no labels. Run labelData and train on its output.`, {
      name,
      digest,
    });
  const files = await localFiles(createPartCache(blobs, partDirectory(workDirectory)), manifest);
  return inJobDirectory(workDirectory, (directory) =>
    work({ directory, limits: SqlLimits.parse(limits ?? {}), signal }, { dataset: files, roles }),
  );
}
