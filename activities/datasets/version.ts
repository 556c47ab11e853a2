import {
  type Appended,
  type ColumnRoles,
  canonicalJson,
  DatasetManifest,
  type DatasetReference,
  type DatasetSelector,
  type FactInput,
  failure,
} from '../../schemas/index.js';
import { readJsonBlob } from '../files/json-blob.js';
import type { DatasetFiles, VersionContent } from '../sql/sql-job.js';
import type { BlobStore, StoredBlob } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';
import type { DatasetVersionRow, Registry } from '../stores/registry.js';
import type { PartCache } from './part-cache.js';

type DatasetFact = Extract<FactInput, { kind: 'datasetVersion' }>;

export interface VersionToRecord {
  readonly name: string;
  readonly content: VersionContent;
  readonly roles: ColumnRoles | null;
  /** the digest of what made the labels */
  readonly labelRule?: string;
  readonly origin: DatasetFact['origin'];
  /** what it was made from */
  readonly edges: (digest: string) => NonNullable<DatasetFact['edges']>;
  /** more blobs of this collection, e.g. the rows set aside */
  readonly artifacts?: NonNullable<DatasetFact['artifacts']>;
}

export interface StoredVersion {
  readonly fact: DatasetFact;
  /** every column in numbers */
  readonly profile: StoredBlob;
}

/**
 * Puts the parts and the manifest into the blob store and says which fact to record. The fact's body follows from the
 * content and the rule of its labels alone, so that the same content collected twice is one fact.
 */
export async function storeVersion(blobs: BlobStore, version: VersionToRecord): Promise<StoredVersion> {
  const { content, roles, name, labelRule } = version;
  const parts: StoredBlob[] = [];
  for (const part of content.parts) parts.push(await blobs.put({ file: part.file }));
  const manifest = await putJson(blobs, manifestOf(content, roles, parts));
  const profile = await putJson(blobs, content.profile);
  const fact: DatasetFact = {
    kind: 'datasetVersion',
    key: `dataset/${name}/${manifest.digest}`,
    origin: version.origin,
    digest: manifest.digest,
    artifacts: [
      { ...manifest, kind: 'dataset-manifest' },
      { ...profile, kind: 'profile' },
      ...parts.map((part) => ({ ...part, kind: 'dataset-part' as const })),
      ...(version.artifacts ?? []),
    ],
    edges: version.edges(manifest.digest),
    body: {
      dataset: name,
      digest: manifest.digest,
      rows: content.rows,
      labelled: roles !== null,
      report: { profileDigest: profile.digest, ...(labelRule === undefined ? {} : { labelRule }) },
    },
  };
  return { fact, profile };
}

/**
 * Appends the version's fact. Where its content was known and something else has come since, it is the newest once more; one
 * execution says so once, however often it is tried.
 */
export async function recordVersion(
  { ledger, registry }: { ledger: Ledger; registry: Registry },
  fact: DatasetFact,
  executionId: string | undefined,
): Promise<Appended> {
  const appended = await ledger.append(fact);
  const { dataset, digest } = fact.body;
  if (appended.isNew || (await registry.datasetVersion(dataset))?.digest === digest) return appended;
  const key = `newestDataset/${dataset}/${executionId ?? fact.origin.workflowId}/${digest}`;
  await ledger.append({ kind: 'newestDataset', key, origin: fact.origin, digest, body: { dataset, digest } });
  return appended;
}

/** The reference that an appended `datasetVersion` fact stands for. */
export function referenceOf(fact: DatasetFact, { version }: Appended): DatasetReference {
  if (version === null)
    throw failure('LEDGER_CONFLICT', `The ledger gave no version to ${fact.key}.`, { key: fact.key });
  return { name: fact.body.dataset, version, digest: fact.body.digest };
}

export async function findDataset(registry: Registry, { name, version }: DatasetSelector): Promise<DatasetVersionRow> {
  const row = await registry.datasetVersion(name, version);
  if (row !== null) return row;
  const what =
    version === undefined ? `Dataset "${name}" has no version` : `Dataset "${name}" has no version ${version}`;
  throw failure('DATASET_NOT_FOUND', `${what} yet. Collect it first.`, { name, version: version ?? null });
}

export function readManifest(blobs: BlobStore, digest: string): Promise<DatasetManifest> {
  return readJsonBlob(blobs, digest, DatasetManifest);
}

/** A dataset version's parts on the local disk, verified. */
export async function localFiles(parts: PartCache, { columns, parts: listed }: DatasetManifest): Promise<DatasetFiles> {
  const files: string[] = [];
  for (const part of listed) files.push(await parts.file(part.digest));
  return { columns, files };
}

export function putJson(blobs: BlobStore, value: unknown): Promise<StoredBlob> {
  return blobs.put(Buffer.from(canonicalJson(value)));
}

function manifestOf(
  { engine, columns, rows, parts }: VersionContent,
  roles: ColumnRoles | null,
  stored: StoredBlob[],
): DatasetManifest {
  const listed = stored.map(({ digest, sizeBytes }, index) => ({ digest, sizeBytes, rows: parts[index]?.rows ?? 0 }));
  return { format: 'parquet', engine, columns, roles, rows, parts: listed };
}
