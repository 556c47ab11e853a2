import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { OutcomeMatch, PredictionLog } from '../../activities/stores/prediction-log.js';
import type { OutcomeRecord } from '../../schemas/index.js';
import {
  folderBytes,
  makeFolder,
  orphanedSegments,
  recoverSegment,
  sealedSegments,
  tellLost,
} from '../log/segment-file.js';
import { listSetAside, returnSetAside, type SetAsideFile, setAsideBytes } from '../log/set-aside.js';
import { SegmentShipper, shipOutcomes, shipPredictions } from '../log/ship-segments.js';
import { aloneMs } from '../processes/liveness.js';
import type { LogState } from '../processes/process-messages.js';
import type { LogStatus, OneLogStatus } from './log-status.js';
import type { ServingChild } from './pool/serving-child.js';

export interface LogKeeperOptions {
  readonly predictionsFolder: string;
  readonly outcomesFolder: string;
  readonly quotaBytes: number;
  readonly blobs: BlobStore;
  readonly predictions: () => Promise<PredictionLog>;
  readonly writers: () => ReadonlySet<string>;
  readonly onState: (state: LogState) => void;
}

/** A sender of outcomes waits for it; what is not known by then is pending. */
const matchMs = 1000;
const lookMs = 500;
const orphansGoneMs = aloneMs + 2000;

/** The supervisor's half of the prediction log: recovers what dead processes left, watches the quota, ships. */
export class LogKeeper {
  readonly #options: LogKeeperOptions;
  readonly predictions: SegmentShipper;
  readonly outcomes: SegmentShipper;
  /** known to be acknowledged and gone, by processes that were killed */
  lostByKills = 0;
  pendingBytes = 0;
  isFull = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
    const { blobs, predictions, predictionsFolder, outcomesFolder } = options;
    makeFolder(predictionsFolder);
    makeFolder(outcomesFolder);
    this.predictions = new SegmentShipper({
      folder: predictionsFolder,
      blobs,
      predictions,
      ship: shipPredictions,
      carriesLost: true,
    });
    this.outcomes = new SegmentShipper({ folder: outcomesFolder, blobs, predictions, ship: shipOutcomes });
  }

  /**
   * Segments that an earlier run left open are completed when its processes, which save their logs when they lose their
   * supervisor, are surely gone. How much that run lost is not known.
   */
  start(): void {
    setTimeout(() => this.#recover(this.#options.writers(), () => 0), orphansGoneMs).unref();
    this.predictions.start();
    this.outcomes.start();
    this.#timer = setInterval(() => this.#checkQuota(), lookMs);
  }

  /**
   * Completes a dead process's segments. The last report of its liveness says what it had acknowledged and what was safe by then;
   * what it did in the 100 ms after that, nobody knows.
   */
  recover(child: ServingChild): void {
    const { appended = 0, committed = 0 } = child.liveness ?? {};
    let missing = Math.max(0, appended - committed);
    this.lostByKills += missing;
    const living = new Set(this.#options.writers());
    living.delete(child.options.writer);
    this.#recover(living, () => {
      const lost = missing;
      missing = 0;
      return lost;
    });
    const { environment, writer } = child.options;
    if (missing > 0)
      tellLost(this.#options.predictionsFolder, { environment, writer: `${writer}-lost`, lost: missing });
  }

  /** What waits, and what was set aside, for who looks. */
  status(): LogStatus {
    const { predictionsFolder, outcomesFolder } = this.#options;
    return {
      predictions: statusOf(predictionsFolder, this.predictions),
      outcomes: statusOf(outcomesFolder, this.outcomes),
      isFull: this.isFull,
    };
  }

  /** What was set aside is shipped again: its reason may be gone. */
  shipRefused(): { predictions: SetAsideFile[]; outcomes: SetAsideFile[] } {
    const { predictionsFolder, outcomesFolder } = this.#options;
    return { predictions: returnSetAside(predictionsFolder), outcomes: returnSetAside(outcomesFolder) };
  }

  get pendingSegments(): number {
    return sealedSegments(this.#options.predictionsFolder).length;
  }

  /** What would become of these outcomes; null where the ledger does not say so soon. */
  async matches(outcomes: readonly OutcomeRecord[]): Promise<readonly OutcomeMatch[] | null> {
    const asked = this.#options.predictions().then((predictions) => predictions.matches(outcomes));
    const late = new Promise<null>((resolve) => {
      setTimeout(resolve, matchMs, null).unref();
    });
    return Promise.race([asked.catch(() => null), late]);
  }

  async stop(deadlineMs: number): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#recover(new Set(), () => 0);
    await Promise.all([this.predictions.stop(deadlineMs), this.outcomes.stop(deadlineMs)]);
  }

  /** What was lost are predictions: outcomes are acknowledged when they are safe. */
  #recover(living: ReadonlySet<string>, lostOf: () => number): void {
    const { predictionsFolder, outcomesFolder } = this.#options;
    for (const segment of orphanedSegments(outcomesFolder, living)) recoverSegment(outcomesFolder, segment, () => 0);
    for (const segment of orphanedSegments(predictionsFolder, living))
      recoverSegment(predictionsFolder, segment, lostOf);
  }

  #checkQuota(): void {
    const { predictionsFolder, outcomesFolder, quotaBytes, onState } = this.#options;
    const folders = [predictionsFolder, outcomesFolder];
    this.pendingBytes = folders.reduce((sum, folder) => sum + folderBytes(folder) + setAsideBytes(folder), 0);
    const isFull = this.pendingBytes > quotaBytes;
    if (isFull !== this.isFull)
      console.error(isFull ? 'The log quota is used up: predictions are dropped.' : 'The log has room again.');
    this.isFull = isFull;
    const isWaiting = this.predictions.trouble !== null || this.outcomes.trouble !== null;
    onState(isFull ? 'full' : isWaiting ? 'waiting' : 'well');
  }
}

function statusOf(folder: string, { trouble }: SegmentShipper): OneLogStatus {
  return { pendingSegments: sealedSegments(folder).length, trouble, setAside: listSetAside(folder) };
}
