import { isDeepStrictEqual } from 'node:util';
import type { Endpoint, Target } from '../../activities/targets/target.js';
import {
  type EndpointStatus,
  errorCode,
  type LoadVersion,
  type RollbackEndpoint,
  type ServedVersion,
  type SetRoutes,
} from '../../schemas/index.js';
import {
  type EndpointRecord,
  endpointKey,
  inMemory,
  newEndpoint,
  routedVersions,
  versionsToKeep,
  withLoaded,
  withRoutes,
} from './endpoint-record.js';
import type { EndpointSlots } from './endpoint-slots.js';
import { emptyStatus, endpointStatus } from './endpoint-status.js';
import type { PackageSource } from './fetch-package.js';
import { OneAtATime } from './one-at-a-time.js';
import type { Unloadable } from './pool/child-loading.js';
import { circuitKills, KillCount } from './pool/kill-count.js';
import type { ServingPool } from './pool/serving-pool.js';
import { checkLoad, checkRoutes } from './record-fence.js';
import { rolledBack, withoutBroken } from './record-rollback.js';
import type { StateFile } from './state-file.js';
import { VersionLoading } from './version-loading.js';

export interface SupervisorOptions {
  readonly source: PackageSource;
  readonly state: StateFile;
  readonly slots: EndpointSlots;
  readonly pool: ServingPool;
  readonly endpoints: Map<string, EndpointRecord>;
}

/** What is away is asked for again, ever more slowly; what was refused seldom, for a machine may have been too busy to try it. */
const waits = { firstMs: 1000, longestMs: 30_000, refusedMs: 120_000 };

/**
 * Carries out commands on endpoints: decide, remember on disk, tell every serving process, answer. Loading is slow and
 * waits for other loads only, so that a rollback never waits for a load.
 */
export class Supervisor implements Target {
  readonly #options: SupervisorOptions;
  readonly #loading: VersionLoading;
  readonly #flips = new OneAtATime();
  readonly #kills = new KillCount();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#loading = new VersionLoading(options);
  }

  async load(endpoint: Endpoint, command: LoadVersion): Promise<EndpointStatus> {
    checkLoad(this.#record(endpoint), command);
    await this.#loading.load(endpoint, command.version);
    await this.#change(endpoint, (record) => {
      checkLoad(record, command);
      return withLoaded(record, command);
    });
    return this.status(endpoint);
  }

  /**
   * A version that is not in memory (the server is new, or gave it up) is loaded first, also where the command is one that
   * was carried out before. `previous` is not worth waiting for: where it cannot be had quickly, the change is made without it.
   */
  async setRoutes(endpoint: Endpoint, command: SetRoutes): Promise<EndpointStatus> {
    const isNew = checkRoutes(this.#record(endpoint), command);
    const { previous } = command.routes;
    const answering = routedVersions({ ...command.routes, previous: null });
    if (!isNew) {
      for (const version of answering) await this.#bringBack(endpoint, version);
      return this.status(endpoint);
    }
    for (const version of answering) await this.#loading.load(endpoint, version);
    const isWarm = previous !== null && (await this.#loading.loadsQuickly(endpoint, previous));
    const versions = isWarm ? [...answering, previous] : answering;
    await this.#change(endpoint, (record) => {
      if (!checkRoutes(record, command)) return null;
      const loaded = versions.reduce((sum, version) => withLoaded(sum, { version, fence: command.fence }), record);
      const after = withRoutes(loaded, command);
      return isWarm ? after : { ...after, routes: { ...after.routes, previous: null } };
    });
    return this.status(endpoint);
  }

  /** From memory alone. A disk that cannot remember it is no reason to go on serving what is to be left. */
  async rollback(endpoint: Endpoint, command: RollbackEndpoint): Promise<EndpointStatus> {
    await this.#change(endpoint, (record) => this.#amongServable(record, (known) => rolledBack(known, command)), {
      evenIfForgotten: true,
    });
    return this.status(endpoint);
  }

  /** In the background: what should serve and is not in memory, because its files were lost, is fetched and loaded. */
  restore(): void {
    for (const record of this.#options.endpoints.values())
      for (const version of routedVersions(record.routes)) void this.#restoreVersion(record, version);
  }

  /** A starting process could not load it. Where no other has it, it is out of service until it is fetched anew. */
  lost({ slotted, isHeld }: Unloadable): void {
    const { model, version, slot } = slotted;
    if (isHeld) {
      this.#loading.fetch(model, version).catch((error: Error) => console.error(`${model} is lost: ${error.message}`));
      return;
    }
    this.#options.slots.remove(slot);
    void this.#restoreVersion(slotted, version);
  }

  async status(endpoint: Endpoint): Promise<EndpointStatus> {
    const record = this.#options.endpoints.get(endpointKey(endpoint.environment, endpoint.model));
    if (record === undefined) return emptyStatus(endpoint.model, endpoint.environment);
    const { pool, slots } = this.#options;
    const traffic = await pool.freshTraffic();
    return endpointStatus(record, { slots, traffic, holds: (slot) => pool.holds(slot) });
  }

  statuses(): Promise<EndpointStatus[]> {
    return Promise.all([...this.#options.endpoints.values()].map((record) => this.status(record)));
  }

  /** A serving process ended by a version's doing. Too often, and that version is asked no more. */
  async blame(slot: number): Promise<void> {
    const { slots } = this.#options;
    const slotted = slots.get(slot);
    if (slotted === undefined || !this.#kills.blame(String(slot), Date.now())) return;
    slots.openCircuit(slot);
    const { version, model, environment } = slotted;
    const reason = `version ${version.version} took ${circuitKills} serving processes down within a minute`;
    console.error(`${endpointKey(environment, model)}: ${reason}; it is switched off`);
    const without = (record: EndpointRecord) => withoutBroken(record, version.version, reason);
    await this.#change(slotted, (record) => this.#amongServable(record, without), { evenIfForgotten: true });
  }

  /** Decides by what processes have or load when they start: what was lost is nothing to return to. */
  #amongServable(record: EndpointRecord, decide: (record: EndpointRecord) => EndpointRecord | null) {
    const servable = record.loaded.filter((version) => this.#options.slots.isServable(record, version));
    return decide({ ...record, loaded: servable });
  }

  async #restoreVersion(endpoint: Endpoint, version: ServedVersion): Promise<void> {
    const isRouted = () =>
      routedVersions(this.#record(endpoint).routes).some((routed) => isDeepStrictEqual(routed, version));
    for (let waitMs = waits.firstMs; isRouted(); waitMs = Math.min(waits.longestMs, waitMs * 2)) {
      try {
        return await this.#bringBack(endpoint, version);
      } catch (error) {
        const { environment, model } = endpoint;
        const what = `${endpointKey(environment, model)}: version ${version.version}`;
        console.error(`${what} should serve and is not in memory: ${(error as Error).message}`);
        if (isRefusal(error)) waitMs = waits.refusedMs;
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
    }
  }

  /** Loads what is not in memory, and tells the processes once more who answers. */
  async #bringBack(endpoint: Endpoint, version: ServedVersion): Promise<void> {
    if (this.#options.slots.isServable(this.#record(endpoint), version)) return;
    await this.#loading.load(endpoint, version);
    await this.#change(endpoint, (record) => inMemory(record, version));
  }

  #change(
    endpoint: Endpoint,
    decide: (record: EndpointRecord) => EndpointRecord | null,
    { evenIfForgotten = false } = {},
  ): Promise<void> {
    const { endpoints, slots, pool } = this.#options;
    const key = endpointKey(endpoint.environment, endpoint.model);
    return this.#flips.run(key, async () => {
      const before = this.#record(endpoint);
      const decided = decide(before);
      if (decided === null) return;
      const after = { ...decided, loaded: versionsToKeep(decided) };
      await this.#remember(key, after).catch((error: Error) => {
        if (!evenIfForgotten) throw error;
        console.error(`The state file could not be written: ${error.message}`);
      });
      endpoints.set(key, after);
      await pool.route(slots.routes(after, before));
      this.#unload(decided, after);
      this.#loading.clean();
    });
  }

  #remember(key: string, record: EndpointRecord): Promise<void> {
    const { state, endpoints } = this.#options;
    return state.write([...new Map(endpoints).set(key, record).values()]);
  }

  /** In the background: requests that chose the version are still answered. */
  #unload(before: EndpointRecord, after: EndpointRecord): void {
    const gone = before.loaded.filter(({ version }) => !after.loaded.some((kept) => kept.version === version));
    for (const { version } of gone) {
      const slotted = this.#options.slots.find(after, version);
      if (slotted === undefined) continue;
      this.#options.slots.remove(slotted.slot);
      void this.#options.pool.unload(slotted.slot);
    }
  }

  #record({ model, environment }: Endpoint): EndpointRecord {
    return this.#options.endpoints.get(endpointKey(environment, model)) ?? newEndpoint(model, environment);
  }
}

function isRefusal(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'DEPLOYMENT_CHECK_FAILED' || code === 'MODEL_REFUSED';
}
