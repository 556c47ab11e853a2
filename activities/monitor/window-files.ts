import { createWriteStream } from 'node:fs';
import { open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '../../schemas/index.js';
import type { BlobStore } from '../stores/blob-store.js';
import type { PredictionLog, PredictionRange } from '../stores/prediction-log.js';
import type { VersionBaseline } from './baseline.js';

const downloadsAtOnce = 8;

/** Segments as local files, in the order given; zipped ones are named so. */
export async function downloadSegments(
  blobs: BlobStore,
  segments: readonly Digest[],
  directory: string,
): Promise<string[]> {
  const files: string[] = [];
  const waiting = [...segments.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, digest] = next;
      files[place] = await downloadSegment(blobs, digest, directory);
    }
  };
  await Promise.all(Array.from({ length: downloadsAtOnce }, worker));
  return files;
}

async function downloadSegment(blobs: BlobStore, digest: Digest, directory: string): Promise<string> {
  const file = join(directory, `${digest}.jsonl`);
  await blobs.download(digest, file);
  if (!(await isGzip(file))) return file;
  await rename(file, `${file}.gz`);
  return `${file}.gz`;
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

/** One `<prediction id>,<number>` a line, without the number where the prediction was only asked for again. */
export async function outcomesFile(log: PredictionLog, range: PredictionRange, directory: string): Promise<string> {
  const file = join(directory, 'outcomes.csv');
  await pipeline(Readable.from(outcomeLines(log, range)), createWriteStream(file));
  return file;
}

async function* outcomeLines(log: PredictionLog, range: PredictionRange): AsyncGenerator<string> {
  for await (const page of log.outcomes(range))
    yield page.map(({ predictionId, outcome }) => `${predictionId},${outcome ?? ''}\n`).join('');
}

/** The file of a version's baseline, under its number. */
export async function baselineFile(directory: string, baseline: VersionBaseline): Promise<[string, string]> {
  const file = join(directory, `baseline-${baseline.version}.json`);
  await writeFile(file, JSON.stringify(baseline));
  return [String(baseline.version), file];
}
