const lookMs = 200;
const longestPauseMs = 30_000;

interface Tried {
  readonly failures: number;
  readonly retryAt: number;
}

const backOff = (failures: number) => Math.min(longestPauseMs, lookMs * 2 ** failures);

/**
 * Which segments are to be tried now. One that fails lets all others pass, and is tried again with longer and longer pauses;
 * where two fail and none succeeds in between, it is the stores that are away, and the whole log waits.
 */
export class ShippingQueue {
  readonly #tried = new Map<string, Tried>();
  readonly #inARow = new Set<string>();
  #roundsInVain = 0;

  /** A new round: of these, what is due; what failed least comes first. */
  due<S extends { readonly file: string }>(segments: readonly S[], now: number): S[] {
    this.#inARow.clear();
    const present = new Set(segments.map(({ file }) => file));
    for (const file of this.#tried.keys()) if (!present.has(file)) this.#tried.delete(file);
    const failures = ({ file }: S) => this.#tried.get(file)?.failures ?? 0;
    return segments
      .filter(({ file }) => (this.#tried.get(file)?.retryAt ?? 0) <= now)
      .toSorted((a, b) => failures(a) - failures(b));
  }

  shipped(file: string): void {
    this.#tried.delete(file);
    this.#inARow.clear();
    this.#roundsInVain = 0;
  }

  failed(file: string, now: number): void {
    const failures = (this.#tried.get(file)?.failures ?? 0) + 1;
    this.#tried.set(file, { failures, retryAt: now + backOff(failures) });
    this.#inARow.add(file);
  }

  /** the stores are away, as far as it looks */
  get isAway(): boolean {
    return this.#inARow.size >= 2;
  }

  get isFailing(): boolean {
    return this.#tried.size > 0;
  }

  hasFailed(file: string): boolean {
    return this.#tried.has(file);
  }

  /** Until the next round. */
  pauseMs(): number {
    if (!this.isAway) return lookMs;
    this.#roundsInVain++;
    return backOff(this.#roundsInVain);
  }
}
