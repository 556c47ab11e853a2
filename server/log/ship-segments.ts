import { rmSync } from 'node:fs';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { PredictionLog } from '../../activities/stores/prediction-log.js';
import { isFaultOfInput, OutcomeRecord, PredictionRecord } from '../../schemas/index.js';
import { withLostCarried } from './carry-lost.js';
import { renamed, type SealedSegment, sealedSegments } from './segment-file.js';
import { setSegmentAside } from './set-aside.js';
import { type Shipped, shipLines } from './ship-lines.js';
import { ShippingQueue } from './shipping-queue.js';

export interface ShippingOptions {
  readonly folder: string;
  readonly blobs: BlobStore;
  /** opened when first needed: a server starts and serves without Postgres */
  readonly predictions: () => Promise<PredictionLog>;
  /** ships one complete segment; again is a no-op */
  readonly ship: (segment: SealedSegment, stores: { blobs: BlobStore; predictions: PredictionLog }) => Promise<Shipped>;
  /** whether an empty segment only tells what was lost, which then goes with the next one */
  readonly carriesLost?: boolean;
}

/**
 * Moves complete segments to the blob store and the ledger, oldest first, for as long as it takes. A file is deleted
 * when the ledger has it; a crash before that ships it again, which changes nothing. Whatever the stores do, it waits for
 * them; only what is wrong in itself is set aside, by the row.
 */
export class SegmentShipper {
  readonly #options: ShippingOptions;
  readonly #queue = new ShippingQueue();
  #isStopped = false;
  #wake: () => void = () => {};
  #loop: Promise<void> = Promise.resolve();
  shippedRows = 0;
  shippedSegments = 0;
  refusedSegments = 0;
  refusedRows = 0;
  /** what keeps it from shipping, since when; null where nothing does */
  trouble: { readonly why: string; readonly since: string } | null = null;

  constructor(options: ShippingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Ships what is complete, if that takes no longer than so; what is left waits on disk for the next start. */
  async stop(deadlineMs: number): Promise<void> {
    const until = performance.now() + deadlineMs;
    const hasHope = () => !this.#queue.isAway && this.#segments().some(({ file }) => !this.#queue.hasFailed(file));
    while (performance.now() < until && hasHope()) await sleep(20);
    this.#isStopped = true;
    this.#wake();
    await Promise.race([this.#loop, sleep(Math.max(100, until - performance.now()))]);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#round().catch((error: unknown) => this.#tell(error));
      if (!this.#queue.isFailing) this.trouble = null;
      await this.#pause(this.#queue.pauseMs());
    }
  }

  async #round(): Promise<void> {
    for (const due of this.#queue.due(this.#segments(), performance.now())) {
      if (this.#isStopped || this.#queue.isAway) break;
      let { file } = due;
      try {
        const segment = renamed(due, { isTried: true });
        ({ file } = segment);
        await this.#shipOne(segment);
        this.#queue.shipped(file);
      } catch (error) {
        this.#queue.failed(file, performance.now());
        this.#tell(error);
      }
    }
  }

  #segments(): SealedSegment[] {
    const { folder, carriesLost = false } = this.#options;
    return carriesLost ? withLostCarried(sealedSegments(folder)) : sealedSegments(folder);
  }

  async #shipOne(segment: SealedSegment): Promise<void> {
    try {
      const { blobs, predictions, ship } = this.#options;
      const { rows, refused } = await ship(segment, { blobs, predictions: await predictions() });
      this.shippedRows += rows;
      this.refusedRows += refused;
      this.shippedSegments++;
      rmSync(segment.file);
    } catch (error) {
      if (!isFaultOfInput(error)) throw error;
      console.error(`${segment.file} is set aside: ${textOf(error)}`);
      this.refusedRows += await setSegmentAside(segment, textOf(error));
      this.refusedSegments++;
    }
  }

  #tell(error: unknown): void {
    const why = textOf(error);
    if (this.trouble?.why !== why) console.error(`The prediction log waits: ${why}`);
    this.trouble = { why, since: this.trouble?.since ?? new Date().toISOString() };
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
export const shipPredictions: ShippingOptions['ship'] = (segment, { blobs, predictions }) =>
  shipLines(segment, {
    blobs,
    parse: (line) => PredictionRecord.parse(line),
    append: ({ digest, sizeBytes, uri }, records, lost) =>
      predictions.appendSegment({ environment: segment.environment, digest, sizeBytes, uri, lost }, records),
  });

/** A batch of outcomes is the segment as it is: its rows can be worked out anew from its bytes. */
export const shipOutcomes: ShippingOptions['ship'] = (segment, { blobs, predictions }) =>
  shipLines(segment, {
    blobs,
    parse: (line) => OutcomeRecord.parse(line),
    append: (blob, outcomes) =>
      predictions.recordOutcomes({ ...blob, outcomes }, { workflowId: 'model-server', step: 'outcomes' }),
  });

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
