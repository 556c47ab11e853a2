import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { Ledger } from '../../activities/stores/ledger.js';
import { errorCode } from '../../schemas/index.js';
import { explain } from './explain-error.js';

interface Artifact {
  digest: string;
  sizeBytes: number;
  kind: string;
  isRetired: boolean;
}

export interface BlobsVerified {
  readonly blobs: number;
  readonly sizeBytes: number;
  /** not there, and none the worse: their time is retired */
  readonly retired: number;
  readonly faults: string[];
}

const parallel = 4;
const faultLimit = 20;

/** Every blob that a fact names: there, of the size that was recorded, and (unless quick) with the bytes of its digest. */
export async function verifyBlobs(
  blobs: BlobStore,
  artifacts: ReturnType<Ledger['artifacts']>,
  { quick, progress }: { quick: boolean; progress: (blobs: number) => void },
): Promise<BlobsVerified> {
  const folder = mkdtempSync(join(tmpdir(), 'mlops-verify-'));
  const seen = { blobs: 0, sizeBytes: 0, retired: 0, faults: [] as string[] };
  try {
    for await (const batch of artifacts) {
      await inLanes(batch, async (artifact) => {
        if (seen.faults.length >= faultLimit) return;
        if (await isGone(blobs, artifact)) return void (seen.retired += 1);
        const fault = await faultOf(blobs, artifact, quick ? null : join(folder, artifact.digest));
        if (fault !== null) seen.faults.push(fault);
        seen.blobs += 1;
        seen.sizeBytes += artifact.sizeBytes;
        progress(seen.blobs);
      });
    }
    return seen;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whoever deletes what is retired leaves nothing missing. */
async function isGone(blobs: BlobStore, { digest, isRetired }: Artifact): Promise<boolean> {
  return isRetired && (await blobs.stat(digest)) === null;
}

async function faultOf(
  blobs: BlobStore,
  { digest, sizeBytes, kind }: Artifact,
  file: string | null,
): Promise<string | null> {
  const stored = await blobs.stat(digest);
  if (stored === null) return `blob ${digest} (${kind}) is missing`;
  if (stored.sizeBytes !== sizeBytes)
    return `blob ${digest} (${kind}) has ${stored.sizeBytes} bytes and not ${sizeBytes}`;
  return file === null ? null : contentFault(blobs, digest, file);
}

/** The store checks the digest while it streams; memory does not grow with the blob. */
async function contentFault(blobs: BlobStore, digest: string, file: string): Promise<string | null> {
  try {
    await blobs.download(digest, file);
    return null;
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'BLOB_CORRUPT' && code !== 'BLOB_NOT_FOUND') throw error;
    return explain(error).message;
  } finally {
    await rm(file, { force: true });
  }
}

async function inLanes<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const runner = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: parallel }, runner));
}
