import { failure, type Metrics, type ModelSignature, PackageManifest, type Task } from '../../schemas/index.js';
import { readJsonBlob } from '../files/json-blob.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { Registry } from '../stores/registry.js';

/** A model version as it was packaged: its bytes, checked by digest, and what it takes and promises. */
export interface PackagedModel {
  readonly version: number;
  readonly runId: string;
  readonly modelDigest: string;
  readonly packageDigest: string;
  readonly task: Task;
  readonly signature: ModelSignature;
  readonly test: Metrics;
  readonly bytes: Uint8Array;
}

export async function packagedModel(
  { blobs, registry }: { blobs: BlobStore; registry: Registry },
  model: string,
  version: number,
): Promise<PackagedModel> {
  const row = await registry.modelVersion(model, version);
  if (row === null) throw failure('VERSION_NOT_FOUND', `There is no ${model}@${version}.`, { model, version });
  const manifest = await readJsonBlob(blobs, row.packageDigest, PackageManifest);
  const { task, signature, metrics } = manifest;
  const bytes = await blobs.get(row.modelDigest);
  const { runId, modelDigest, packageDigest } = row;
  return { version, runId, modelDigest, packageDigest, task, signature, test: metrics.test, bytes };
}
