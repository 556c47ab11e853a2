import { buildOnnxModel } from '../../activities/onnx/model-graph.js';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import {
  type Column,
  canonicalJson,
  type Feature,
  type PackageManifest,
  type ServedVersion,
} from '../../schemas/index.js';
import { datatypeOf } from '../../server/api/infer-request.js';
import { LoadedModel } from '../../server/model/loaded-model.js';
import { SignatureReader } from '../../server/model/request-rows.js';
import type { Tree } from '../../statistics/learners/learner.js';
import { seededRandom } from '../../statistics/random.js';
import { bareManifest, putBarePackage } from './bare-package.js';

/*
 * A gradient-boosted model of ordinary size on a table of ordinary columns. Its thresholds are random: what it answers
 * means nothing, what it costs is what such a model costs.
 */
const treeCount = 100;
const depth = 6;
const numbers = ['distance', 'seats', 'wind', 'rain', 'load', 'fare'];

export const columns: readonly Column[] = [
  { name: 'departure', type: 'timestamp' },
  { name: 'airline', type: 'string' },
  { name: 'origin', type: 'string' },
  { name: 'holiday', type: 'boolean' },
  ...numbers.map((name) => ({ name, type: 'number' }) as const),
];

const categories = ['AA', 'BB', 'CC', 'DD', 'EE', 'FF', 'GG', 'HH'];
const means = categories.map((_, i) => i / categories.length);

const features: readonly Feature[] = [
  { kind: 'minuteOfDay', name: 'minute', column: 'departure' },
  { kind: 'dayOfWeek', name: 'weekday', column: 'departure' },
  { kind: 'targetMean', name: 'airline', column: 'airline', categories, means, fallback: 0.5 },
  { kind: 'targetMean', name: 'origin', column: 'origin', categories, means, fallback: 0.5 },
  { kind: 'boolean', name: 'holiday', column: 'holiday' },
  ...numbers.map((name) => ({ kind: 'numeric', name, column: name }) as const),
];

export function benchModel(): Uint8Array {
  const random = seededRandom('bench');
  const trees = Array.from({ length: treeCount }, () => completeTree(random));
  return buildOnnxModel({ task: 'binary', inputs: columns, features, fitted: { kind: 'trees', base: 0, trees } });
}

/** Nodes numbered level by level: the children of node n are 2n + 1 and 2n + 2. */
function completeTree(random: () => number): Tree {
  const inner = 2 ** depth - 1;
  const nodes = Array.from({ length: 2 * inner + 1 }, (_, node) => node);
  const isLeaf = (node: number) => node >= inner;
  return {
    feature: nodes.map((node) => (isLeaf(node) ? -1 : Math.floor(random() * features.length))),
    threshold: nodes.map(() => random()),
    left: nodes.map((node) => (isLeaf(node) ? -1 : 2 * node + 1)),
    right: nodes.map((node) => (isLeaf(node) ? -1 : 2 * node + 2)),
    missingLeft: nodes.map(() => false),
    value: nodes.map((node) => (isLeaf(node) ? (random() - 0.5) / treeCount : 0)),
  };
}

/** Bodies of Open Inference requests with one row each, all different. */
export function requestBodies(count: number): string[] {
  const random = seededRandom('requests');
  const pick = () => categories[Math.floor(random() * categories.length)];
  return Array.from({ length: count }, () => {
    const departure = new Date(Date.UTC(2001, 0, 1) + Math.floor(random() * 1e10)).toISOString();
    const row = [departure, pick(), pick(), random() < 0.1, ...numbers.map(() => Math.round(random() * 1e4) / 1e4)];
    const inputs = columns.map(({ name, type }, i) => ({
      name,
      shape: [1],
      datatype: datatypeOf[type],
      data: [row[i]],
    }));
    return JSON.stringify({ inputs });
  });
}

export async function putBenchModel(blobs: BlobStore, model: string): Promise<ServedVersion> {
  const bare = { model, columns, bytes: benchModel(), golden: new Uint8Array() };
  const golden = await goldenRows(bare.bytes, bareManifest(bare));
  return putBarePackage(blobs, 1, { ...bare, golden });
}

async function goldenRows(bytes: Uint8Array, manifest: PackageManifest): Promise<Uint8Array> {
  const loaded = await LoadedModel.load(bytes, manifest);
  const rows = [[Date.UTC(2001, 3, 18)], ['AA'], ['BB'], [false], ...numbers.map(() => [0.5])];
  const reader = new SignatureReader(columns, manifest.signature.output.name);
  const values = rows.map((raw, index) => reader.check(index, raw, 1));
  const expected = [...(await loaded.score(values, 1))];
  await loaded.release();
  return Buffer.from(canonicalJson({ rows, expected, tolerance: 1e-6 }));
}
