const idsKept = 20_000;

/**
 * Request ids that have had their say in a rollout: who learnt on which side an id is could else repeat it, and vote with
 * it. The oldest are forgotten.
 */
export class HeardIds {
  #young = new Set<string>();
  #old = new Set<string>();

  /** True the first time. */
  hear(id: string): boolean {
    if (this.#young.has(id) || this.#old.has(id)) return false;
    this.#young.add(id);
    if (this.#young.size >= idsKept) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    return true;
  }
}
