import type { ChainMark } from '../../../schemas/index.js';
import type { Anchors } from '../anchors.js';

export interface Anchoring {
  readonly anchors: Anchors;
  /** the first fact that this process appends so many after its last anchor is anchored */
  readonly everyFacts: number;
  /** the end of the chain is anchored so often while it moves; 0: never by the clock */
  readonly everyMs: number;
}

export interface AnchorKeeperOptions extends Anchoring {
  /** the end of the chain; null where it is empty */
  readonly head: () => Promise<ChainMark | null>;
  readonly complain?: (message: string) => void;
}

/**
 * Anchors what the chain comes to, beside the appends and never in their way: an anchor that cannot be put is tried again
 * at the next moment, and an append is acknowledged without it.
 */
export class AnchorKeeper {
  readonly #options: AnchorKeeperOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  #anchored = 0;
  #isFailing = false;
  #underWay: Promise<void> = Promise.resolve();

  constructor(options: AnchorKeeperOptions) {
    this.#options = options;
    if (options.everyMs === 0) return;
    this.#timer = setInterval(() => void this.#anchorHead(), options.everyMs);
    this.#timer.unref();
  }

  /** Of a fact that was just appended. */
  saw(mark: ChainMark): void {
    if (mark.seq - this.#anchored >= this.#options.everyFacts) void this.#put(mark);
  }

  /** Whatever is under way ends first. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay;
    await this.#options.anchors.close();
  }

  async #anchorHead(): Promise<void> {
    const head = await this.#options.head().catch(() => null); // a ledger that is away is told of by whoever needs it
    if (head !== null && head.seq > this.#anchored) await this.#put(head);
  }

  /** At once counted as done, so that the facts that come meanwhile do not each anchor themselves too. */
  #put(mark: ChainMark): Promise<void> {
    const before = this.#anchored;
    this.#anchored = mark.seq;
    this.#underWay = this.#options.anchors.put(mark).then(
      () => void (this.#isFailing = false),
      (error: unknown) => {
        this.#anchored = before;
        this.#complain(error);
      },
    );
    return this.#underWay;
  }

  /** Once for as long as it goes on. */
  #complain(error: unknown): void {
    const { complain = console.error } = this.#options;
    if (!this.#isFailing) complain(`The ledger cannot be anchored: ${error instanceof Error ? error.message : error}`);
    this.#isFailing = true;
  }
}
