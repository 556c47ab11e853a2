import { z } from 'zod';
import { Digest, Metrics, ModelName, Parameters, Task, TrainInput } from '../../schemas/index.js';
import { readJsonBlob } from '../files/json-blob.js';
import type { BlobStore } from '../stores/blob-store.js';
import { Parity } from './parity.js';

/** What of the training input decided the matrix, so that the same rows can be drawn again. */
export const Preparation = TrainInput.pick({ features: true, split: true, task: true, seed: true, maxRows: true });
export type Preparation = z.infer<typeof Preparation>;

/** What decides a run, known before it starts. */
export const RunHeader = z.strictObject({
  model: ModelName,
  trainer: z.string(),
  parameters: Parameters,
  seed: z.number().int(),
  matrixDigest: Digest,
  metaDigest: Digest,
  codeDigest: Digest,
  preparation: Preparation,
});
export type RunHeader = z.infer<typeof RunHeader>;

const Measured = z.strictObject({ validation: Metrics, test: Metrics });

/** A run as a blob: its canonical JSON holds no time and no place, so the same run is the same digest. */
export const RunDocument = z.strictObject({
  format: z.literal('temporal-mlops-run/1'),
  ...RunHeader.shape,
  task: Task,
  modelDigest: Digest,
  metrics: Measured,
  /** of the class rate or the mean, learnt from the same rows */
  baseline: Measured,
  /** the model's answers against the trainer's own */
  parity: Parity,
  /** of the training labels: what a difference between two answers is measured against */
  spread: z.number().gt(0),
  /** what the trainer says of it */
  notes: Parameters,
});
export type RunDocument = z.infer<typeof RunDocument>;

export function readRunDocument(blobs: BlobStore, digest: Digest): Promise<RunDocument> {
  return readJsonBlob(blobs, digest, RunDocument);
}
