import { AsyncLocalStorage } from 'node:async_hooks';

/** What an activity that runs here said of itself last, and when it last did anything at all. */
export class Life {
  progress: object | undefined;
  /** aborts when it is given up, so that its children end */
  readonly ending = new AbortController();
  #lastSignMs = performance.now();
  #bounded = 0;

  sign(): void {
    this.#lastSignMs = performance.now();
  }

  /** Work with a deadline of its own is no silence, however long it says nothing. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#bounded++;
    try {
      return await work;
    } finally {
      this.#bounded--;
      this.sign();
    }
  }

  get silentMs(): number {
    return this.#bounded > 0 ? 0 : performance.now() - this.#lastSignMs;
  }
}

export const lives = new AsyncLocalStorage<Life>();

/** Bytes passed, a store answered: whatever runs here is not stuck. Outside an activity nobody asks. */
export function signOfLife(): void {
  lives.getStore()?.sign();
}

export function boundedByItself<T>(work: Promise<T>): Promise<T> {
  return lives.getStore()?.during(work) ?? work;
}
