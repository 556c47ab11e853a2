import { z } from 'zod';
import { type DatasetName, SourceSchema } from '../../schemas/index.js';
import { readJsonBlob } from '../files/json-blob.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { Registry } from '../stores/registry.js';

interface Ports {
  readonly blobs: BlobStore;
  readonly registry: Registry;
}

const SourceSchemas = z.array(SourceSchema);

/** What a dataset knows of its sources: what its newest version was read by. Nothing of one that is collected for the first time. */
export async function pinnedSchemas({ blobs, registry }: Ports, dataset: DatasetName): Promise<SourceSchema[]> {
  const digest = await registry.sourceSchemas(dataset);
  return digest === null ? [] : readJsonBlob(blobs, digest, SourceSchemas);
}
