import { SegmentWriter } from '../log/segment-writer.js';
import { word } from '../processes/liveness.js';
import type { ServingOptions } from '../processes/process-messages.js';

/** The logs of one serving process: predictions by environment, and true outcomes. */
export class ServingLog {
  readonly #options: ServingOptions;
  readonly #shared: Int32Array;
  readonly #predictions = new Map<string, SegmentWriter>();
  readonly #outcomes: SegmentWriter;
  #isFull = false;
  lost = 0;
  logged = 0;

  constructor(options: ServingOptions, shared: Int32Array) {
    this.#options = options;
    this.#shared = shared;
    this.#outcomes = new SegmentWriter({
      ...options,
      folder: options.outcomesFolder,
      environment: 'outcomes',
      onCommit: () => {},
      onLost: () => {},
    });
  }

  /** A full disk quota drops predictions, counted; true outcomes are then refused to their sender. */
  set isFull(isFull: boolean) {
    this.#isFull = isFull;
    for (const writer of this.#predictions.values()) writer.isFull = isFull;
  }

  append(environment: string, lines: string, rows: number): Promise<boolean> {
    Atomics.add(this.#shared, word.appended, rows);
    this.logged += rows;
    return this.#writer(environment).append(lines, rows);
  }

  /** Whether the outcomes are on disk; after `false` the sender must try again. */
  async saveOutcomes(lines: string, rows: number): Promise<boolean> {
    if (this.#isFull) return false;
    const saved = this.#outcomes.append(lines, rows);
    void this.#outcomes.commit();
    return saved;
  }

  async close(): Promise<void> {
    await Promise.all([this.#outcomes, ...this.#predictions.values()].map((writer) => writer.close()));
  }

  #writer(environment: string): SegmentWriter {
    const known = this.#predictions.get(environment);
    if (known !== undefined) return known;
    const writer = new SegmentWriter({
      ...this.#options,
      folder: this.#options.predictionsFolder,
      environment,
      onCommit: (rows) => Atomics.add(this.#shared, word.committed, rows),
      onLost: (rows) => this.#onLost(rows),
    });
    writer.isFull = this.#isFull;
    this.#predictions.set(environment, writer);
    return writer;
  }

  /** Lost rows are accounted for in the segment's name, so the supervisor must not miss them a second time. */
  #onLost(rows: number): void {
    this.lost += rows;
    Atomics.add(this.#shared, word.committed, rows);
  }
}
