import { failure } from '../../../schemas/index.js';
import type {
  LogState,
  ProcessCounts,
  ProcessRoutes,
  ServingOptions,
  SlottedVersion,
} from '../../processes/process-messages.js';
import type { Traffic } from '../../processes/traffic.js';
import { blamedSlot } from './blamed-slot.js';
import { PoolTraffic } from './pool-traffic.js';
import { RestartPace } from './restart-pace.js';
import { ServingChild } from './serving-child.js';
import type { SharedPort } from './shared-port.js';

export interface ServingPoolOptions {
  readonly processes: number;
  readonly hangMs: number;
  readonly loadDeadlineMs: number;
  readonly port: SharedPort;
  readonly serving: Omit<ServingOptions, 'writer'>;
  /** what a new process must load and route before it listens */
  readonly versions: () => SlottedVersion[];
  readonly routes: () => ProcessRoutes[];
}

/** Whom a pool tells and asks; they come to be after it, because they need it. */
export interface PoolWatcher {
  /** the metrics text of the whole server */
  readonly metrics: () => string;
  /** a process ended; `slot` is the version whose doing it was, 0 if nobody's */
  readonly onEnd: (end: { child: ServingChild; slot: number }) => void;
}

const checkMs = 200;
const ackMs = 2000;

/** Keeps N serving processes alive, watched, and all told the same. */
export class ServingPool {
  readonly #options: ServingPoolOptions;
  readonly #children = new Set<ServingChild>();
  readonly #traffic = new PoolTraffic();
  readonly #pace = new RestartPace();
  readonly #watch: NodeJS.Timeout;
  #isDraining = false;
  #forked = 0;
  replaced = 0;
  loggedByDead = 0;
  lostByDead = 0;

  constructor(options: ServingPoolOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#check(), checkMs);
  }

  async start(watcher: PoolWatcher): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.processes }, () => this.#startOne(watcher).catch(() => {})));
  }

  get children(): ServingChild[] {
    return [...this.#children];
  }

  get readyCount(): number {
    return this.children.filter((child) => child.isReady).length;
  }

  writers(): Set<string> {
    return new Set(this.children.map((child) => child.options.writer));
  }

  /** Loads a version in every process, or in none. */
  async load(slotted: SlottedVersion): Promise<void> {
    await this.#waitReady();
    const results = await Promise.allSettled(this.#ready().map((child) => this.#load(child, slotted)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return;
    await this.unload(slotted.slot);
    throw failed.reason;
  }

  async unload(slot: number): Promise<void> {
    this.#traffic.forget(slot);
    await Promise.allSettled(this.#ready().map((child) => child.request({ kind: 'unload', slot }, 40_000)));
  }

  /**
   * Flips every process before it returns. One that does not say so in time is killed: its successor starts with the
   * new routes, so that none can go on serving the old ones.
   */
  async route(routes: ProcessRoutes): Promise<void> {
    for (const slot of routes.restartCounters) this.#traffic.judgeAnew(slot);
    const flips = this.#ready().map((child) =>
      child.request({ kind: 'routes', routes }, ackMs).catch(() => child.kill()),
    );
    await Promise.all(flips);
  }

  tellLog(state: LogState): void {
    for (const child of this.children) child.tell({ kind: 'log', state });
  }

  /** Fresh counts of every process that answers quickly, the last known of the others and of the dead. */
  async freshTraffic(): Promise<Map<number, Traffic>> {
    await Promise.all(
      this.#ready().map(async (child) => {
        const counts = await child.request({ kind: 'traffic' }, 500).catch(() => null);
        if (counts !== null) child.counts = counts as ProcessCounts;
      }),
    );
    return this.traffic();
  }

  traffic(): Map<number, Traffic> {
    return this.#traffic.with(this.children.map((child) => child.counts));
  }

  /** Every process answers what it has, saves its log and ends. */
  async drain(deadlineMs: number): Promise<void> {
    this.#isDraining = true;
    for (const child of this.children) child.tell({ kind: 'drain' });
    const late = setTimeout(() => this.kill(), deadlineMs);
    await Promise.all(this.children.map((child) => child.ended));
    clearTimeout(late);
    clearInterval(this.#watch);
  }

  kill(): void {
    for (const child of this.children) child.kill();
  }

  #ready(): ServingChild[] {
    return this.children.filter((child) => child.isReady);
  }

  async #startOne(watcher: PoolWatcher): Promise<void> {
    const writer = `${Date.now().toString(36)}-${process.pid}-${this.#forked++}`;
    const child = new ServingChild(
      { ...this.#options.serving, writer },
      {
        metrics: watcher.metrics,
        onEnd: (ended, signal) => {
          watcher.onEnd({ child: ended, slot: this.#blame(ended, signal) });
          this.#replace(ended, watcher);
        },
      },
    );
    this.#children.add(child);
    await Promise.race([child.hello, child.ended]);
    await this.#prepare(child).catch(() => child.kill());
  }

  /** Loads what is served; a version that cannot be loaded leaves the others to be served. */
  async #prepare(child: ServingChild): Promise<void> {
    const loaded = new Set<number>();
    for (;;) {
      const next = this.#options.versions().find(({ slot }) => !loaded.has(slot));
      if (next === undefined) break;
      loaded.add(next.slot);
      await this.#load(child, next).catch((error: Error) =>
        console.error(`${next.model} is not served: ${error.message}`),
      );
    }
    child.isReady = true; // from here on it gets every command itself
    for (const routes of this.#options.routes())
      child.request({ kind: 'routes', routes }, ackMs).catch(() => child.kill());
    await child.request({ kind: 'listen' }, ackMs, this.#options.port.handle);
  }

  async #load(child: ServingChild, slotted: SlottedVersion): Promise<void> {
    child.loadingSlot = slotted.slot;
    try {
      await child.request({ kind: 'load', slotted }, this.#options.loadDeadlineMs);
    } finally {
      child.loadingSlot = 0;
      child.silentChecks = 0;
    }
  }

  #check(): void {
    for (const child of this.children) {
      child.silentChecks++;
      const isStarting = child.liveness === null || child.loadingSlot !== 0;
      const limitMs = isStarting ? this.#options.loadDeadlineMs : this.#options.hangMs;
      if (child.silentChecks * checkMs >= limitMs) child.kill();
    }
  }

  #blame(child: ServingChild, signal: NodeJS.Signals | null): number {
    return blamedSlot(child, { signal, hung: child.silentChecks * checkMs >= this.#options.hangMs });
  }

  #replace(child: ServingChild, watcher: PoolWatcher): void {
    this.#children.delete(child);
    this.loggedByDead += child.counts.logged;
    this.lostByDead += child.counts.lost;
    this.#traffic.keep(child.counts);
    if (this.#isDraining) return;
    this.replaced++;
    const delayMs = this.#pace.delayMs(performance.now() - child.bornMs);
    setTimeout(() => void this.#startOne(watcher).catch(() => {}), delayMs);
  }

  async #waitReady(): Promise<void> {
    for (let waited = 0; this.readyCount === 0; waited += 50) {
      if (waited >= 10_000) throw failure('MODEL_SERVER_UNAVAILABLE', 'No serving process is up.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
