import { z } from 'zod';
import { Digest, failure, Metrics, ModelSignature, PackageManifest, Task, Version } from '../../schemas/index.js';
import { readJsonBlob } from '../files/json-blob.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { Registry } from '../stores/registry.js';

const NumericBaseline = z.object({
  kind: z.literal('numeric'),
  count: z.number(),
  missing: z.number(),
  edges: z.array(z.number()),
  shares: z.array(z.number()),
  sample: z.array(z.number()),
  mean: z.number(),
  std: z.number(),
});
const CategoricalBaseline = z.object({
  kind: z.literal('categorical'),
  count: z.number(),
  missing: z.number(),
  counts: z.record(z.string(), z.number()),
  otherCount: z.number(),
});

/** The package's `baseline.json`: how the training data was spread. */
const BaselineFile = z.object({
  columns: z.record(z.string(), z.discriminatedUnion('kind', [NumericBaseline, CategoricalBaseline])),
  prediction: NumericBaseline,
});
export type BaselineFile = z.infer<typeof BaselineFile>;

/** What a version promised when it was packaged. */
export const VersionBaseline = BaselineFile.extend({
  version: Version,
  modelDigest: Digest,
  datasetDigest: Digest,
  runId: z.string(),
  task: Task,
  test: Metrics,
  signature: ModelSignature,
});
export type VersionBaseline = z.infer<typeof VersionBaseline>;

/** Null when the ledger knows no such version: a stray line in the log is no reason to fail. */
export async function versionBaseline(
  { blobs, registry }: { blobs: BlobStore; registry: Registry },
  model: string,
  version: number,
): Promise<VersionBaseline | null> {
  const row = await registry.modelVersion(model, version);
  if (row === null) return null;
  const file = row.files.find(({ path }) => path === 'baseline.json');
  if (file === undefined) {
    throw failure('NOT_FOUND', `${model}@${version} has no baseline.json to compare with.`, { model, version });
  }
  const manifest = await readJsonBlob(blobs, row.packageDigest, PackageManifest);
  const { task, signature, metrics, modelDigest, datasetDigest } = manifest;
  return {
    ...(await readJsonBlob(blobs, file.digest, BaselineFile)),
    version,
    modelDigest,
    datasetDigest,
    runId: row.runId,
    task,
    signature,
    test: metrics.test,
  };
}
