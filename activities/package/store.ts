import {
  canonicalJson,
  type FactInput,
  type FactOrigin,
  failure,
  type PackageManifest,
  type PackageResult,
} from '../../schemas/index.js';
import { fitting } from '../fitting.js';
import type { BlobStore, StoredBlob } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';
import { codeEdges } from '../train/code-digest.js';
import type { FinishedRun } from '../train/finished-run.js';
import { cardPath } from './package-card.js';

const bytesOfInputs = 65_536;

/** A package that is made and checked, and nowhere yet. */
export interface Made {
  readonly finished: FinishedRun;
  readonly manifest: PackageManifest;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** Bytes first, then the fact. */
export async function storePackage(
  { blobs, ledger }: { blobs: BlobStore; ledger: Ledger },
  made: Made,
  origin: FactOrigin,
): Promise<PackageResult> {
  const { finished, manifest, contents } = made;
  const stored = new Map<string, StoredBlob>();
  for (const [path, bytes] of contents) stored.set(path, await blobs.put(bytes));
  const manifestBlob = await blobs.put(Buffer.from(canonicalJson(manifest)));
  const appended = await ledger.append(versionFact({ finished, manifest, stored, manifestBlob }, origin));
  if (appended.version === null)
    throw failure('LEDGER_CONFLICT', `The ledger gave ${manifest.model} no version.`, { model: manifest.model });
  return {
    model: manifest.model,
    version: appended.version,
    modelDigest: manifest.modelDigest,
    packageDigest: manifestBlob.digest,
    runId: finished.run.runId,
    dataset: finished.run.dataset,
    signature: { ...manifest.signature, inputs: fitting(manifest.signature.inputs, bytesOfInputs) },
    inputCount: manifest.signature.inputs.length,
    parity: finished.document.parity,
    metrics: manifest.metrics,
    files: manifest.files,
    modelCard: cardOf(stored),
    isNew: appended.isNew,
  };
}

function cardOf(stored: ReadonlyMap<string, StoredBlob>): PackageResult['modelCard'] {
  const card = stored.get(cardPath);
  if (card === undefined) throw failure('BLOB_NOT_FOUND', 'The package was made without a model card.');
  return { digest: card.digest, uri: card.uri };
}

interface StoredPackage {
  readonly finished: FinishedRun;
  readonly manifest: PackageManifest;
  readonly stored: ReadonlyMap<string, StoredBlob>;
  readonly manifestBlob: StoredBlob;
}

function versionFact({ finished, manifest, stored, manifestBlob }: StoredPackage, origin: FactOrigin): FactInput {
  const { model, modelDigest, datasetDigest, files, builtWith } = manifest;
  const packageDigest = manifestBlob.digest;
  const code = { digests: [builtWith.codeDigest], commit: builtWith.commit };
  const kindOf = (path: string) => (path === 'model.onnx' ? ('model' as const) : ('package-file' as const));
  return {
    kind: 'modelVersion',
    key: `model/${model}/${packageDigest}`,
    origin,
    digest: modelDigest,
    artifacts: [
      { ...manifestBlob, kind: 'package-manifest' },
      ...[...stored].map(([path, blob]) => ({ ...blob, kind: kindOf(path) })),
    ],
    edges: [
      { from: `run:${finished.run.runId}`, to: modelDigest, relation: 'packaged' },
      { from: modelDigest, to: packageDigest, relation: 'packaged' },
      ...codeEdges(code, { to: packageDigest, relation: 'packaged' }),
    ],
    body: { model, runId: finished.run.runId, modelDigest, packageDigest, datasetDigest, files },
  };
}
