const shortestMs = 50;
const longestMs = 5000;
const quickDeathMs = 5000;

/** How long to wait before a process that ended is replaced: not at all, unless one after the other dies young. */
export class RestartPace {
  #quickDeaths = 0;

  delayMs(livedMs: number): number {
    this.#quickDeaths = livedMs < quickDeathMs ? this.#quickDeaths + 1 : 0;
    if (this.#quickDeaths === 0) return 0;
    return Math.min(longestMs, shortestMs * 2 ** Math.max(0, this.#quickDeaths - 2));
  }
}
