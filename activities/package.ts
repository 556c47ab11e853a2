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
import { tasks } from '../statistics/tasks/tasks.js';
import { measureBytes } from './hashing.js';
import { admitModel } from './onnx/admission.js';
import { buildOnnxModel } from './onnx/model-graph.js';
import { runtimeVersion } from './onnx/onnx-model.js';
import { baselineDocument } from './package/baseline.js';
import { modelCard } from './package/card.js';
import { goldenRows } from './package/golden.js';
import { mlflowFiles } from './package/mlflow.js';
import { checkParity } from './package/parity.js';
import { type Made, storePackage } from './package/store.js';
import { type Beat, withHeartbeat } from './processes/heartbeat.js';
import type { RawRows, SqlLimits } from './sql/sql-job.js';
import type { BlobStore } from './stores/blob-store.js';
import type { Ledger } from './stores/ledger.js';
import { codeCommit, codeDigest } from './train/code-digest.js';
import { type FinishedRun, finishedRun, preparationOf } from './train/finished-run.js';
import { sampleRawRows } from './train/prepare-matrix.js';

export interface PackagePorts {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly workDirectory: string;
  readonly limits?: Partial<SqlLimits>;
}

export interface PackageActivities {
  /**
   * RUN_NOT_FOUND · PARITY_FAILED · MODEL_REFUSED. The same run packaged by the same code is the same version.
   */
  packageRun(input: PackageInput, origin: FactOrigin): Promise<PackageResult>;
}

/** `package`: a run → model.onnx and everything around it, as one immutable model version. */
export function createPackageActivities(ports: PackagePorts): PackageActivities {
  return {
    packageRun: (input, origin) => withHeartbeat((beat) => packageRun(ports, input, { origin, beat })),
  };
}

async function packageRun(
  ports: PackagePorts,
  input: PackageInput,
  { origin, beat }: { origin: FactOrigin; beat: Beat },
) {
  const finished = await finishedRun(ports, input.runId ?? (await newestBestRun(ports, input.model)));
  requireModel(finished, input.model);
  const meta = MatrixMeta.parse(JSON.parse((await ports.blobs.get(finished.run.metaDigest)).toString('utf8')));
  const made = await make(ports, { finished, meta, beat });
  beat.say({ step: 'store', files: made.contents.size });
  return storePackage(ports, made, origin);
}

async function newestBestRun({ ledger }: PackagePorts, model: string): Promise<string> {
  const best = await ledger.bestRun(model);
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
  const { fitted, metrics, spread } = finished.document;
  const model = buildOnnxModel({ task: meta.task, inputs: meta.signature, features: meta.features, fitted });
  admitModel(model);
  const signature = signatureOf(meta);
  const { training, heldOut, count } = await drawRows(ports, of);
  beat.say({ step: 'parity', rows: count });
  const parity = await checkParity({
    model,
    fitted,
    meta,
    signature,
    rows: heldOut,
    spread,
    workDirectory: ports.workDirectory,
    signal: beat.signal,
  });
  const golden = goldenRows(meta.signature, parity, count);
  const card = modelCard({ finished, meta, signature, parity, golden });
  const baseline = baselineDocument(meta.signature, training, {
    predictions: parity.answers.slice(0, count),
    test: metrics.test,
  });
  const contents = new Map<string, Uint8Array>([['model.onnx', model]]);
  const texts = {
    ...mlflowFiles({ task: meta.task, signature, modelDigest: measureBytes(model).digest }, golden),
    'baseline.json': canonicalJson(baseline),
    'golden.json': canonicalJson(golden),
    'model-card.md': card,
  };
  for (const [path, text] of Object.entries(texts)) contents.set(path, Buffer.from(text));
  return { finished, manifest: await manifestOf(of, signature, contents), contents, parity, modelCard: card };
}

const mostCells = 2_000_000;

/** Raw rows of the training and the test split, thousands of each; fewer where rows are very wide. */
async function drawRows(
  ports: PackagePorts,
  { finished, meta, beat }: { finished: FinishedRun; meta: MatrixMeta; beat: Beat },
) {
  const { name, version, digest } = finished.run.dataset;
  const columns = meta.signature.map((column) => column.name);
  const limit = Math.max(1000, Math.floor(mostCells / columns.length));
  const dataset = { name, version, digest, rows: 0, labelled: true };
  const draw = (split: 'train' | 'test', most: number): Promise<RawRows> => {
    beat.say({ step: 'rows', split });
    const count = Math.min(most, limit);
    return sampleRawRows(ports, preparationOf(finished), { dataset, columns, split, count, signal: beat.signal });
  };
  const training = await draw('train', 10_000);
  const heldOut = await draw('test', 5000);
  return { training, heldOut, count: heldOut[columns[0] ?? '']?.length ?? 0 };
}

function signatureOf({ signature, task, timeColumn }: MatrixMeta): ModelSignature {
  const isInput = signature.some(({ name }) => name === timeColumn);
  return {
    inputs: signature,
    output: { name: tasks[task].answer.output, type: 'number' },
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
    environment: {
      node: process.version,
      onnxruntime: runtimeVersion(),
      codeDigest: await codeDigest(),
      commit: await codeCommit(),
    },
    metrics: document.metrics,
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}
