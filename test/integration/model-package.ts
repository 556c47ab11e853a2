import { createHash } from 'node:crypto';
import { buildOnnxModel } from '../../activities/onnx/model-graph.js';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { FittedModel } from '../../activities/trainers/trainer.js';
import { type Column, canonicalJson, type PackageManifest, type ServedVersion } from '../../schemas/index.js';

/** The columns of the models below: one of each type. */
export const flightColumns: Column[] = [
  { name: 'departure', type: 'timestamp' },
  { name: 'airline', type: 'string' },
  { name: 'distance', type: 'number' },
  { name: 'seats', type: 'integer' },
  { name: 'holiday', type: 'boolean' },
];

export interface PackageOfInterest {
  readonly model: string;
  readonly version: number;
  /** the answer to every row, so that an answer says which version gave it; a probability */
  readonly answer?: number;
  readonly fitted?: FittedModel;
  readonly goldenOffset?: number;
  /** of the row that documentation shows */
  readonly airline?: string;
  /** bytes in place of the model's own */
  readonly bytes?: Uint8Array;
}

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const json = (value: unknown) => Buffer.from(canonicalJson(value));

/** Puts a package into the store as the packager does; a constant model unless `fitted` or `bytes` say otherwise. */
export async function putPackage(blobs: BlobStore, wanted: PackageOfInterest): Promise<ServedVersion> {
  const { model, version, answer = 0.5, goldenOffset = 0, airline = 'AA' } = wanted;
  const fitted = wanted.fitted ?? { kind: 'constant', value: Math.log(answer / (1 - answer)) };
  const features = [{ kind: 'numeric', name: 'distance', column: 'distance' }] as const;
  const bytes = wanted.bytes ?? buildOnnxModel({ task: 'binary', inputs: flightColumns, features, fitted });
  const golden = json({
    rows: [
      [986_000_000_000, null],
      [airline, null],
      [100, null],
      [120, null],
      [true, null],
    ],
    expected: [answer + goldenOffset, answer + goldenOffset],
    tolerance: 1e-5,
  });
  const manifest = json(manifestOf(model, digestOf(bytes), golden));
  await Promise.all([bytes, golden, manifest].map((blob) => blobs.put(blob)));
  return { version, modelDigest: digestOf(bytes), packageDigest: digestOf(manifest) };
}

function manifestOf(model: string, modelDigest: string, golden: Uint8Array): PackageManifest {
  const metrics = { rmse: 1, mae: 1, r2: null, rows: 1 };
  const none = '0'.repeat(64);
  return {
    format: 'temporal-mlops-package/1',
    model,
    task: 'binary',
    signature: { inputs: flightColumns, output: { name: 'probability', type: 'number' }, timeColumn: 'departure' },
    modelDigest,
    datasetDigest: none,
    matrixDigest: none,
    trainer: 'baseline',
    parameters: {},
    seed: 1,
    environment: { node: '20', onnxruntime: '1.30.0', codeDigest: none, commit: null },
    metrics: { validation: metrics, test: metrics },
    files: [{ path: 'golden.json', digest: digestOf(golden), sizeBytes: golden.length }],
  };
}
