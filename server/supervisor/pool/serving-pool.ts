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
import { load, loadAll, type Unloadable, unload } from './child-loading.js';
import { PoolTraffic } from './pool-traffic.js';
import { RestartPace } from './restart-pace.js';
import { type ChildWatcher, ServingChild } from './serving-child.js';
import type { SharedPort } from './shared-port.js';

export interface ServingPoolOptions {
  readonly processes: number;
  readonly hangMs: number;
  readonly loadDeadlineMs: number;
  readonly port: SharedPort;
  readonly serving: Omit<ServingOptions, 'writer'>;
  /** given to the processes in their environment */
  readonly secrets: Record<string, string>;
  /** what a new process must load and route before it listens */
  readonly versions: () => SlottedVersion[];
  readonly routes: () => ProcessRoutes[];
}

/** Whom a pool tells and asks; they come to be after it, because they need it. */
export interface PoolWatcher {
  /** the metrics text of the whole server */
  readonly metrics: () => string;
  readonly matches: ChildWatcher['matches'];
  /** a process ended; `slot` is the version whose doing it was, 0 if nobody's */
  readonly onEnd: (end: { child: ServingChild; slot: number }) => void;
  /** a new process could not load a version */
  readonly onUnloadable: (failed: Unloadable) => void;
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
    const lacking = this.#ready().filter((child) => !child.held.has(slotted.slot));
    const { loadDeadlineMs } = this.#options;
    const results = await Promise.allSettled(lacking.map((child) => load(child, slotted, loadDeadlineMs)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return;
    await Promise.all(lacking.map((child) => unload(child, slotted.slot)));
    throw failed.reason;
  }

  async unload(slot: number): Promise<void> {
    this.#traffic.forget(slot);
    await Promise.all(this.#ready().map((child) => unload(child, slot)));
  }

  /** Whether every process that answers has it in memory. */
  holds(slot: number): boolean {
    const ready = this.#ready();
    return ready.length > 0 && ready.every((child) => child.held.has(slot));
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
        matches: watcher.matches,
        onEnd: (ended, signal) => {
          const slot = this.#blame(ended, signal);
          watcher.onEnd({ child: ended, slot });
          this.#replace(ended, watcher);
          if (slot !== 0) this.#traffic.blame(slot);
        },
      },
      this.#options.secrets,
    );
    this.#children.add(child);
    await Promise.race([child.hello, child.ended]);
    await this.#prepare(child, watcher).catch(() => child.kill());
  }

  async #prepare(child: ServingChild, { onUnloadable }: PoolWatcher): Promise<void> {
    const { versions, loadDeadlineMs: deadlineMs } = this.#options;
    const isHeld = (slot: number) => this.children.some(({ held }) => held.has(slot));
    const isWhole = () => versions().every(({ slot }) => child.held.has(slot));
    while (!isWhole()) await loadAll(child, { versions, deadlineMs, isHeld, onUnloadable });
    child.isReady = true; // from here on it gets every command itself
    for (const routes of this.#options.routes())
      child.request({ kind: 'routes', routes }, ackMs).catch(() => child.kill());
    await child.request({ kind: 'listen' }, ackMs, this.#options.port.handle);
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
