import { readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { PredictionLog } from '../../activities/stores/prediction-log.js';
import { errorCatalog, errorCode, failure, OutcomeRecord, PredictionRecord } from '../../schemas/index.js';
import { makeFolder, type SegmentName, sealedSegments } from './segment-file.js';

type SealedSegment = SegmentName & { file: string };

export interface ShippingOptions {
  readonly folder: string;
  readonly blobs: BlobStore;
  /** opened when first needed: a server starts and serves without Postgres */
  readonly predictions: () => Promise<PredictionLog>;
  /** ships one complete segment; again is a no-op */
  readonly ship: (segment: SealedSegment, stores: { blobs: BlobStore; predictions: PredictionLog }) => Promise<number>;
}

const lookMs = 200;
const longestBackoffMs = 30_000;

/**
 * Moves complete segments to the blob store and the ledger, oldest first, for as long as it takes. A file is deleted
 * when the ledger has it; a crash before that ships it again, which changes nothing. A segment that can never be
 * shipped is set aside in `refused/`, so that it does not hold up the others.
 */
export class SegmentShipper {
  readonly #options: ShippingOptions;
  readonly #refused: string;
  #isStopped = false;
  #wake: () => void = () => {};
  #loop: Promise<void> = Promise.resolve();
  shippedRows = 0;
  shippedSegments = 0;
  refusedSegments = 0;
  isFailing = false;

  constructor(options: ShippingOptions) {
    this.#options = options;
    this.#refused = makeFolder(join(options.folder, 'refused'));
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Ships what is complete, if that takes no longer than so; what is left waits on disk for the next start. */
  async stop(deadlineMs: number): Promise<void> {
    const until = performance.now() + deadlineMs;
    while (!this.isFailing && performance.now() < until && sealedSegments(this.#options.folder).length > 0)
      await sleep(20);
    this.#isStopped = true;
    this.#wake();
    await Promise.race([this.#loop, sleep(Math.max(100, until - performance.now()))]);
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#isStopped; ) {
      const shipped = await this.#shipAll().catch((error: Error) => {
        if (failures === 0) console.error(`The prediction log waits: ${error.message}`);
        return false;
      });
      failures = shipped ? 0 : failures + 1;
      this.isFailing = !shipped;
      await this.#pause(failures === 0 ? lookMs : Math.min(longestBackoffMs, lookMs * 2 ** failures));
    }
  }

  async #shipAll(): Promise<boolean> {
    for (const segment of sealedSegments(this.#options.folder)) {
      if (this.#isStopped) break;
      await this.#shipOne(segment);
    }
    return true;
  }

  async #shipOne(segment: SealedSegment): Promise<void> {
    try {
      const { blobs, predictions, ship } = this.#options;
      this.shippedRows += await ship(segment, { blobs, predictions: await predictions() });
      this.shippedSegments++;
      rmSync(segment.file);
    } catch (error) {
      const code = errorCode(error);
      if (code === null || errorCatalog[code].retryable) throw error;
      console.error(`${segment.file} is set aside: ${(error as Error).message}`);
      this.refusedSegments++;
      renameSync(segment.file, join(this.#refused, basename(segment.file)));
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Bytes first, then one fact and its index rows in one transaction. */
export const shipPredictions: ShippingOptions['ship'] = async ({ file, environment, lost }, { blobs, predictions }) => {
  const records = linesOf(file, (line) => PredictionRecord.parse(line));
  const { digest, sizeBytes, uri } = await blobs.put({ file });
  await predictions.appendSegment({ environment, digest, sizeBytes, uri, lost }, records);
  return records.length;
};

/** A batch of outcomes is the segment as it is: its rows can be worked out anew from its bytes. */
export const shipOutcomes: ShippingOptions['ship'] = async ({ file }, { blobs, predictions }) => {
  const outcomes = linesOf(file, (line) => OutcomeRecord.parse(line));
  const blob = await blobs.put({ file });
  await predictions.recordOutcomes({ ...blob, outcomes }, { workflowId: 'model-server', step: 'outcomes' });
  return outcomes.length;
};

/** A line that cannot be read will never be: the segment is set aside instead of being tried for ever. */
function linesOf<T>(file: string, parse: (value: unknown) => T): T[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  try {
    return lines.filter((line) => line !== '').map((line) => parse(JSON.parse(line)));
  } catch (error) {
    throw failure('BLOB_CORRUPT', `A line of ${basename(file)} cannot be read.`, { cause: error });
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
