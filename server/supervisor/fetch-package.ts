import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { childEntry, runChild } from '../../activities/processes/child-process.js';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import { type Digest, errorCode, failure, type ServedVersion } from '../../schemas/index.js';
import { filesOf } from '../model/load-package.js';
import type { ModelCache } from '../model/model-cache.js';

export interface PackageSource {
  readonly blobs: BlobStore;
  readonly cache: ModelCache;
  readonly loadDeadlineMs: number;
  /** a process that stands still for so long is replaced: the largest request must take less */
  readonly hangMs: number;
}

/** Brings a package into the local cache and loads it in a throw-away process, before anything that serves sees it. */
export async function fetchPackage(
  { blobs, cache, loadDeadlineMs, hangMs }: PackageSource,
  model: string,
  version: ServedVersion,
): Promise<void> {
  const fetch = (digest: Digest) => download(blobs, cache, digest);
  const manifest = await cache.readThrough(version.packageDigest, fetch);
  for (const digest of filesOf(manifest, version, model)) await cache.readThrough(digest, fetch);
  await tryOut({ cacheFolder: cache.folder, model, version, hangMs }, loadDeadlineMs);
}

/** Whether all that a package needs is on this machine, whole. */
export async function isCached(cache: ModelCache, model: string, version: ServedVersion): Promise<boolean> {
  const digests = await cachedFilesOf(cache, [{ model, version }]);
  if (digests.size === 0) return false;
  const files = await Promise.all([...digests].map((digest) => cache.read(digest)));
  return files.every((file) => file !== null);
}

/** Every file that these packages need, as far as their manifests are in the cache. */
export async function cachedFilesOf(
  cache: ModelCache,
  packages: readonly { model: string; version: ServedVersion }[],
): Promise<Set<Digest>> {
  const digests = new Set<Digest>();
  for (const { model, version } of packages) {
    const manifest = await cache.read(version.packageDigest);
    if (manifest === null) continue;
    for (const digest of [version.packageDigest, ...knownFiles(manifest, version, model)]) digests.add(digest);
  }
  return digests;
}

/** A manifest that cannot be read says so when it is loaded. */
function knownFiles(...asked: Parameters<typeof filesOf>): Digest[] {
  try {
    return filesOf(...asked);
  } catch {
    return [];
  }
}

/** Streamed by the store, so that a model may be larger than what it gives in one piece. */
async function download(blobs: BlobStore, cache: ModelCache, digest: Digest): Promise<Uint8Array> {
  const file = join(cache.folder, `${digest}.${randomUUID()}.draft`);
  try {
    await blobs.download(digest, file);
    return await readFile(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** A model that kills or outstays the process that tries it out has failed a check; trying again would not help. */
async function tryOut(
  input: { cacheFolder: string; model: string; version: ServedVersion; hangMs: number },
  deadlineMs: number,
): Promise<void> {
  try {
    await runChild({
      entry: childEntry('server/model/check-model.js'),
      input,
      deadlineMs,
      memoryMb: 1024,
      residentMb: 1536,
      deadlineCode: 'DEPLOYMENT_CHECK_FAILED',
    });
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'CHILD_KILLED' && code !== 'UNEXPECTED') throw error;
    const message = `The model took the process down that tried it out: ${(error as Error).message}`;
    throw failure('DEPLOYMENT_CHECK_FAILED', message, { version: input.version, cause: error });
  }
}
