/** Three kills within a minute blamed on one version open its circuit. */
export const circuitKills = 3;
export const circuitWindowMs = 60_000;

/**
 * Counts the serving processes that a version took down with it. `blame` says whether this one was too many: the
 * version is then no longer asked, until somebody loads or routes it again.
 */
export class KillCount {
  readonly #kills = new Map<string, number[]>();

  blame(version: string, nowMs: number): boolean {
    const recent = (this.#kills.get(version) ?? []).filter((at) => nowMs - at < circuitWindowMs);
    recent.push(nowMs);
    this.#kills.set(version, recent);
    return recent.length >= circuitKills;
  }

  forgive(version: string): void {
    this.#kills.delete(version);
  }
}
