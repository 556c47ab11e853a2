import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { type Digest, PredictionRecord } from '../../schemas/index.js';
import type { BlobStore } from '../stores/blob-store.js';

/**
 * The predictions of segments, one by one, in a fixed order; null for a line that is none. One segment is in `directory`
 * and one line in memory, however long the log is.
 */
export async function* predictionsOf(
  blobs: BlobStore,
  segments: readonly Digest[],
  directory: string,
): AsyncGenerator<PredictionRecord | null> {
  for (const digest of [...segments].sort()) {
    const file = join(directory, digest);
    await blobs.download(digest, file);
    for await (const line of linesOf(file, await isGzip(file))) if (line !== '') yield parsePrediction(line);
    await rm(file);
  }
}

async function* linesOf(file: string, gzip: boolean): AsyncGenerator<string> {
  let rest = '';
  for await (const text of textOf(file, gzip)) {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

function textOf(file: string, gzip: boolean): AsyncIterable<string> {
  const bytes = createReadStream(file);
  if (!gzip) return bytes.setEncoding('utf8');
  const unzipped = createGunzip();
  bytes.on('error', (error) => unzipped.destroy(error)).pipe(unzipped);
  return unzipped.setEncoding('utf8');
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

function parsePrediction(line: string): PredictionRecord | null {
  try {
    return PredictionRecord.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
