import { failure, type Metrics, type ModelSignature, PackageManifest, type Task } from '../../schemas/index.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';

/** A model version as it was packaged: its bytes, checked by digest, and what it takes and promises. */
export interface PackagedModel {
  readonly version: number;
  readonly runId: string;
  readonly task: Task;
  readonly signature: ModelSignature;
  readonly test: Metrics;
  readonly bytes: Uint8Array;
}

export async function packagedModel(
  { blobs, ledger }: { blobs: BlobStore; ledger: Ledger },
  model: string,
  version: number,
): Promise<PackagedModel> {
  const row = await ledger.modelVersion(model, version);
  if (row === null) throw failure('VERSION_NOT_FOUND', `There is no ${model}@${version}.`, { model, version });
  const manifest = PackageManifest.parse(JSON.parse((await blobs.get(row.packageDigest)).toString('utf8')));
  const { task, signature, metrics } = manifest;
  const bytes = await blobs.get(row.modelDigest);
  return { version, runId: row.runId, task, signature, test: metrics.test, bytes };
}
