import { z } from 'zod';
import { type DatasetName, type FactOrigin, SourceSchema } from '../../schemas/index.js';
import { readJsonBlob } from '../files/json-blob.js';
import type { BlobStore, StoredBlob } from '../stores/blob-store.js';
import type { Ledger } from '../stores/ledger.js';
import type { Registry } from '../stores/registry.js';

interface Ports {
  readonly blobs: BlobStore;
  readonly ledger: Ledger;
  readonly registry: Registry;
}

const SourceSchemas = z.array(SourceSchema);

/** What a dataset knows of its sources. Nothing of one that is collected for the first time. */
export async function pinnedSchemas({ blobs, registry }: Ports, dataset: DatasetName): Promise<SourceSchema[]> {
  const digest = await registry.sourceSchemas(dataset);
  return digest === null ? [] : readJsonBlob(blobs, digest, SourceSchemas);
}

interface Known {
  readonly dataset: DatasetName;
  readonly schemas: StoredBlob;
  readonly origin: FactOrigin;
  readonly executionId: string | undefined;
}

/** A fact wherever a collection changed what is known; one execution says so once, however often it is tried. */
export async function recordSchemas({ ledger, registry }: Ports, known: Known): Promise<void> {
  const { dataset, schemas, origin, executionId } = known;
  const { digest } = schemas;
  if ((await registry.sourceSchemas(dataset)) === digest) return;
  await ledger.append({
    kind: 'sourceSchema',
    key: `sourceSchema/${dataset}/${executionId ?? origin.workflowId}/${digest}`,
    origin,
    digest,
    artifacts: [{ ...schemas, kind: 'source-schema' }],
    body: { dataset, digest },
  });
}
