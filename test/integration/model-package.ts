import { buildOnnxModel } from '../../activities/onnx/model-graph.js';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import { type Column, canonicalJson, type ServedVersion } from '../../schemas/index.js';
import { putBarePackage } from '../../scripts/bench/bare-package.js';
import type { FittedModel } from '../../statistics/learners/learner.js';

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

/** Puts a package into the store as the packager does; a constant model unless `fitted` or `bytes` say otherwise. */
export async function putPackage(blobs: BlobStore, wanted: PackageOfInterest): Promise<ServedVersion> {
  const { model, version, answer = 0.5, goldenOffset = 0, airline = 'AA' } = wanted;
  const fitted = wanted.fitted ?? { kind: 'constant', value: Math.log(answer / (1 - answer)) };
  const features = [{ kind: 'numeric', name: 'distance', column: 'distance' }] as const;
  const bytes = wanted.bytes ?? buildOnnxModel({ task: 'binary', inputs: flightColumns, features, fitted });
  const expected = [answer + goldenOffset, answer + goldenOffset];
  const example = exampleOf(airline);
  const rows = example.map((value) => [value, null]);
  const golden = Buffer.from(canonicalJson({ rows, expected, tolerance: 1e-5, example }));
  return putBarePackage(blobs, version, { model, columns: flightColumns, bytes, golden });
}

const exampleOf = (airline: string) => [986_000_000_000, airline, 100, 120, true];

/** Versions 1 and 2, which answer 0.25 and 0.75. */
export async function putTwoVersions(blobs: Parameters<typeof putPackage>[0], model: string) {
  const put = (version: number, answer: number) => putPackage(blobs, { model, version, answer });
  return [await put(1, 0.25), await put(2, 0.75)] as const;
}
