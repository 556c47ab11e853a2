import {
  canonicalJson,
  type FactOrigin,
  failure,
  MatrixMeta,
  type ModelSignature,
  type PackageFile,
  type PackageInput,
  type PackageManifest,
  type PackageResult,
} from '../schemas/index.js';
import { measureBytes } from './files/hashing.js';
import { readJsonBlob } from './files/json-blob.js';
import { admitModel, elementTypesOf } from './onnx/admission.js';
import { runtimeVersion } from './onnx/onnx-model.js';
import { answeredRows } from './package/answered-rows.js';
import { baselineDocument } from './package/baseline.js';
import { modelCard } from './package/card.js';
import { madeUpRow } from './package/example.js';
import { goldenRows } from './package/golden.js';
import { mlflowFiles } from './package/mlflow.js';
import { cardPath } from './package/package-card.js';
import { type Made, storePackage } from './package/store.js';
import { type Beat, currentBeat } from './processes/heartbeat.js';
import type { RawRows, SqlLimits } from './sql/sql-job.js';
import type { BlobStore } from './stores/blob-store.js';
import type { Ledger } from './stores/ledger.js';
import type { Registry } from './stores/registry.js';
import { codeCommit, codeDigest } from './train/code-digest.js';
import { type FinishedRun, finishedRun, preparationOf } from './train/finished-run.js';
import { interfaceOf } from './train/measure-model.js';
import { sampleRawRows } from './train/prepare-matrix.js';

export interface PackagePorts {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

export interface PackageActivities {
  /**
   * RUN_NOT_FOUND · MODEL_REFUSED. The same run packaged by the same code is the same version.
   */
  packageRun(input: PackageInput, origin: FactOrigin): Promise<PackageResult>;
}

/** `package`: a run → model.onnx and everything around it, as one immutable model version. */
export function createPackageActivities(ports: PackagePorts): PackageActivities {
  return {
    packageRun: (input, origin) => packageRun(ports, input, { origin, beat: currentBeat() }),
  };
}

async function packageRun(
  ports: PackagePorts,
  input: PackageInput,
  { origin, beat }: { origin: FactOrigin; beat: Beat },
) {
  const finished = await finishedRun(ports, input.runId ?? (await newestBestRun(ports, input.model)));
  requireModel(finished, input.model);
  const meta = await readJsonBlob(ports.blobs, finished.run.metaDigest, MatrixMeta);
  const made = await make(ports, { finished, meta, beat });
  beat.say({ step: 'store', files: made.contents.size });
  return storePackage(ports, made, origin);
}

async function newestBestRun({ registry }: PackagePorts, model: string): Promise<string> {
  const best = await registry.bestRun(model);
  if (best !== null) return best.runId;
  throw failure('RUN_NOT_FOUND', `Model "${model}" has no best run yet. Train it first.`, { model });
}

function requireModel({ run }: FinishedRun, model: string): void {
  if (run.model === model) return;
  throw failure('RUN_NOT_FOUND', `Run "${run.runId}" is of the model "${run.model}", not "${model}".`, {
    runId: run.runId,
    model,
  });
}

async function make(ports: PackagePorts, of: { finished: FinishedRun; meta: MatrixMeta; beat: Beat }): Promise<Made> {
  const { finished, meta, beat } = of;
  const { metrics, spread, modelDigest } = finished.document;
  const model = await ports.blobs.get(modelDigest);
  admitModel(model);
  const signature = signatureOf(meta);
  const { training, heldOut } = await drawRows(ports, of);
  beat.say({ step: 'answers', rows: heldOut[meta.signature[0]?.name ?? '']?.length ?? 0 });
  const where = { workDirectory: ports.workDirectory, signal: beat.signal };
  const answered = await answeredRows({ model, signature, rows: heldOut, spread, ...where });
  const predictions = answered.answers.slice(0, answered.heldOut);
  const baseline = baselineDocument(meta.signature, training, { predictions, test: metrics.test });
  const golden = { ...goldenRows(meta.signature, answered), example: madeUpRow(meta.signature, baseline) };
  const card = modelCard({ finished, meta, signature, golden });
  const contents = new Map<string, Uint8Array>([['model.onnx', model]]);
  const texts = {
    ...mlflowFiles(
      { signature, modelDigest, elementTypes: elementTypesOf(model), precision: answered.precision },
      golden,
    ),
    'baseline.json': canonicalJson(baseline),
    'golden.json': canonicalJson(golden),
    [cardPath]: card,
  };
  for (const [path, text] of Object.entries(texts)) contents.set(path, Buffer.from(text));
  return { finished, manifest: await manifestOf(of, signature, contents), contents };
}

const mostCells = 2_000_000;

/** Raw rows of the training and the test split, thousands of each; fewer where rows are very wide. */
async function drawRows(
  ports: PackagePorts,
  { finished, meta, beat }: { finished: FinishedRun; meta: MatrixMeta; beat: Beat },
) {
  const { dataset } = finished.run;
  const columns = meta.signature.map((column) => column.name);
  const limit = Math.max(1000, Math.floor(mostCells / columns.length));
  const draw = (split: 'train' | 'test', most: number): Promise<RawRows> => {
    beat.say({ step: 'rows', split });
    const count = Math.min(most, limit);
    return sampleRawRows(ports, preparationOf(finished), { dataset, columns, split, count, signal: beat.signal });
  };
  const training = await draw('train', 10_000);
  const heldOut = await draw('test', 5000);
  return { training, heldOut };
}

function signatureOf(meta: MatrixMeta): ModelSignature {
  const { signature, timeColumn } = meta;
  const isInput = signature.some(({ name }) => name === timeColumn);
  return {
    ...interfaceOf(meta),
    timeColumn: isInput ? timeColumn : null,
  };
}

async function manifestOf(
  { finished, meta }: { finished: FinishedRun; meta: MatrixMeta },
  signature: ModelSignature,
  contents: ReadonlyMap<string, Uint8Array>,
): Promise<PackageManifest> {
  const { run, document } = finished;
  const files = [...contents].map(([path, bytes]): PackageFile => ({ path, ...measureBytes(bytes) }));
  const model = files.find(({ path }) => path === 'model.onnx');
  return {
    format: 'temporal-mlops-package/1',
    model: run.model,
    task: meta.task,
    signature,
    modelDigest: model?.digest ?? '',
    datasetDigest: run.dataset.digest,
    matrixDigest: meta.matrixDigest,
    trainer: run.trainer,
    parameters: run.parameters,
    seed: run.seed,
    builtWith: {
      node: process.version,
      onnxruntime: runtimeVersion(),
      codeDigest: await codeDigest(),
      commit: await codeCommit(),
    },
    metrics: document.metrics,
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}
