import { z } from 'zod';
import { DatasetReference } from './dataset.js';
import { BlobReference, Column, Digest, ModelName, Version } from './primitives.js';
import { Task } from './task.js';
import { Metrics, Parameters } from './train.js';

export const PackageInput = z.strictObject({
  model: ModelName,
  /** the run to package; the newest best run of the model when absent */
  runId: z.string().min(1).optional(),
});
export type PackageInput = z.infer<typeof PackageInput>;

/** The model's inputs are the dataset's own columns; its one output is a probability or a number per row. */
export const ModelSignature = z.strictObject({
  inputs: z.array(Column).min(1),
  output: z.strictObject({ name: z.enum(['probability', 'prediction']), type: z.literal('number') }),
  /** the input that says when a row happened, for monitoring by data day; null if there is none */
  timeColumn: z.string().nullable(),
});
export type ModelSignature = z.infer<typeof ModelSignature>;

export const PackageFile = z.strictObject({ path: z.string(), digest: Digest, sizeBytes: z.number().int() });
export type PackageFile = z.infer<typeof PackageFile>;

/** What the package digest is taken of: no times, no ids, no signatures. */
export const PackageManifest = z.strictObject({
  format: z.literal('temporal-mlops-package/1'),
  model: ModelName,
  task: Task,
  signature: ModelSignature,
  modelDigest: Digest,
  datasetDigest: Digest,
  matrixDigest: Digest,
  trainer: z.string(),
  parameters: Parameters,
  seed: z.number().int(),
  /** versions of what made it */
  builtWith: z.strictObject({
    node: z.string(),
    onnxruntime: z.string(),
    codeDigest: Digest,
    commit: z.string().nullable(),
  }),
  metrics: z.strictObject({ validation: Metrics, test: Metrics }),
  files: z.array(PackageFile),
});
export type PackageManifest = z.infer<typeof PackageManifest>;

/** A model version as other stages name it. */
export const ModelVersionReference = z.strictObject({
  model: ModelName,
  version: Version,
  modelDigest: Digest,
  packageDigest: Digest,
});
export type ModelVersionReference = z.infer<typeof ModelVersionReference>;

export const PackageResult = z.strictObject({
  ...ModelVersionReference.shape,
  runId: z.string(),
  dataset: DatasetReference,
  /** with as many inputs as fit into a message; the manifest has all */
  signature: ModelSignature,
  inputCount: z.number().int(),
  parity: z.strictObject({ rows: z.number().int(), rowsWithMissing: z.number().int(), maxDifference: z.number() }),
  metrics: z.strictObject({ validation: Metrics, test: Metrics }),
  files: z.array(PackageFile),
  /** the file `model-card.md` of the package; its text quotes rows of the data */
  modelCard: BlobReference,
  isNew: z.boolean(),
});
export type PackageResult = z.infer<typeof PackageResult>;
