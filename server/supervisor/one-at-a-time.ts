/** Runs what is given to one key in order, each after the one before has ended, well or badly. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const next = (this.#last.get(key) ?? Promise.resolve()).catch(() => {}).then(work);
    this.#last.set(key, next);
    return next;
  }
}
