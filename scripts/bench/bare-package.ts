import { createHash } from 'node:crypto';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import { type Column, canonicalJson, type PackageManifest, type ServedVersion } from '../../schemas/index.js';

/** A model that nobody trained, as a package needs it. */
export interface BareModel {
  readonly model: string;
  readonly columns: readonly Column[];
  /** of model.onnx */
  readonly bytes: Uint8Array;
  /** of golden.json */
  readonly golden: Uint8Array;
}

/** Puts a package into the store as the packager does, so that a model server serves it. */
export async function putBarePackage(blobs: BlobStore, version: number, bare: BareModel): Promise<ServedVersion> {
  const manifest = Buffer.from(canonicalJson(bareManifest(bare)));
  await Promise.all([bare.bytes, bare.golden, manifest].map((blob) => blobs.put(blob)));
  return { version, modelDigest: sha256(bare.bytes), packageDigest: sha256(manifest) };
}

/** What says how the model came to be is left blank: its input is a row of the columns, its output a probability. */
export function bareManifest({ model, columns, bytes, golden }: BareModel): PackageManifest {
  const metrics = { rmse: 1, mae: 1, r2: null, rows: 1 };
  const none = '0'.repeat(64);
  return {
    format: 'temporal-mlops-package/1',
    model,
    task: 'binary',
    signature: { inputs: [...columns], output: { name: 'probability', type: 'number' }, timeColumn: 'departure' },
    modelDigest: sha256(bytes),
    datasetDigest: none,
    matrixDigest: none,
    trainer: 'none',
    parameters: {},
    seed: 1,
    builtWith: { node: process.versions.node, onnxruntime: 'any', codeDigest: none, commit: null },
    metrics: { validation: metrics, test: metrics },
    files: [{ path: 'golden.json', digest: sha256(golden), sizeBytes: golden.length }],
  };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
