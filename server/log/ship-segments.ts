import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../../activities/files/atomic-file.js';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { PredictionLog } from '../../activities/stores/prediction-log.js';
import { Actor, failure, isFaultOfInput, messageRowLimit, Outcome, PredictionRecord } from '../../schemas/index.js';
import { withLostCarried } from './carry-lost.js';
import { refusedOf } from './halving.js';
import { type SegmentName, sealedSegments } from './segment-file.js';
import { linesOf, type ReadLine } from './segment-lines.js';
import { type RefusedLine, setLinesAside, setSegmentAside } from './set-aside.js';
import { ShippingQueue } from './shipping-queue.js';

type SealedSegment = SegmentName & { file: string };

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

export interface Shipped {
  readonly rows: number;
  /** wrong in themselves, and set aside */
  readonly refused: number;
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
    for (const segment of this.#queue.due(this.#segments(), performance.now())) {
      if (this.#isStopped || this.#queue.isAway) break;
      try {
        await this.#shipOne(segment);
        this.#queue.shipped(segment.file);
      } catch (error) {
        this.#queue.failed(segment.file, performance.now());
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

/** Bytes first, then one fact and its index rows in one transaction. Lines that are none leave the segment before. */
export const shipPredictions: ShippingOptions['ship'] = async (segment, { blobs, predictions }) => {
  const { file, environment, lost } = segment;
  const { read, refused } = linesOf(file, (line) => PredictionRecord.parse(line));
  if (refused.length > 0 && read.length === 0) throw unreadable(file, refused);
  await setLinesAside(segment, refused);
  if (refused.length > 0) await writeDurably(file, read.map(({ line }) => `${line}\n`).join(''));
  const records = read.map(({ value }) => value);
  const { digest, sizeBytes, uri } = await blobs.put({ file });
  await predictions.appendSegment({ environment, digest, sizeBytes, uri, lost }, records);
  return { rows: records.length, refused: refused.length };
};

const OutcomeLine = z.strictObject({ by: Actor, ...Outcome.shape });
type ReadOutcome = ReadLine<z.infer<typeof OutcomeLine>>;

/** A batch that the ledger refuses is halved, down to the row that is wrong in itself. */
export const shipOutcomes: ShippingOptions['ship'] = async (segment, { predictions }) => {
  const { read, refused } = linesOf(segment.file, (line) => OutcomeLine.parse(line));
  const lines = read.length + refused.length;
  const deliver = async (batch: readonly ReadOutcome[]) => {
    const [first] = batch;
    if (first === undefined) return;
    const outcomes = batch.map(({ value: { by: _by, ...outcome } }) => outcome);
    await predictions.recordOutcomes(
      { by: first.value.by, outcomes },
      { workflowId: 'model-server', step: 'outcomes' },
    );
  };
  for (const batch of batchesOf(read)) {
    const wrong = await refusedOf(batch, deliver);
    refused.push(...wrong.map(({ row, error }) => ({ line: row.line, why: textOf(error) })));
  }
  await setLinesAside(segment, refused);
  return { rows: lines - refused.length, refused: refused.length };
};

/** By sender, at most as many as one message carries. */
function batchesOf(lines: readonly ReadOutcome[]): ReadOutcome[][] {
  const senders = new Map<string, ReadOutcome[]>();
  for (const line of lines) senders.set(line.value.by, [...(senders.get(line.value.by) ?? []), line]);
  return [...senders.values()].flatMap((sent) =>
    Array.from({ length: Math.ceil(sent.length / messageRowLimit) }, (_, i) =>
      sent.slice(i * messageRowLimit, (i + 1) * messageRowLimit),
    ),
  );
}

const unreadable = (file: string, [first]: readonly RefusedLine[]) =>
  failure('InvalidInput', `No line of ${basename(file)} can be read: ${first?.why ?? ''}`);

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
