import type { Endpoint, Target } from '../../activities/targets/target.js';
import type { EndpointStatus, LoadVersion, RollbackEndpoint, ServedVersion, SetRoutes } from '../../schemas/index.js';
import { newTraffic, versionTraffic } from '../processes/traffic.js';
import {
  checkLoad,
  checkRoutes,
  type EndpointRecord,
  emptyStatus,
  endpointKey,
  lastChangeOf,
  newEndpoint,
  rolledBack,
  routedVersions,
  versionsToKeep,
  withLoaded,
  withRoutes,
} from './endpoint-record.js';
import type { EndpointSlots } from './endpoint-slots.js';
import { fetchPackage, type PackageSource } from './fetch-package.js';
import { OneAtATime } from './one-at-a-time.js';
import { circuitKills, KillCount } from './pool/kill-count.js';
import type { ServingPool } from './pool/serving-pool.js';
import type { StateFile } from './state-file.js';

export interface SupervisorOptions {
  readonly source: PackageSource;
  readonly state: StateFile;
  readonly slots: EndpointSlots;
  readonly pool: ServingPool;
  readonly endpoints: Map<string, EndpointRecord>;
}

const warmMs = 3000;

/**
 * Carries out commands on endpoints: decide, remember on disk, tell every serving process, answer. Loading is slow and
 * waits for other loads only, so that a rollback never waits for a load.
 */
export class Supervisor implements Target {
  readonly #options: SupervisorOptions;
  readonly #loads = new OneAtATime();
  readonly #flips = new OneAtATime();
  readonly #kills = new KillCount();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  async load(endpoint: Endpoint, command: LoadVersion): Promise<EndpointStatus> {
    checkLoad(this.#record(endpoint), command);
    await this.#loadVersion(endpoint, command.version);
    await this.#change(endpoint, (record) => {
      checkLoad(record, command);
      return withLoaded(record, command);
    });
    return this.status(endpoint);
  }

  /**
   * A version that is not in memory (the server is new, or gave it up) is loaded first. `previous` is not worth waiting
   * for: where it cannot be had quickly, the change is made without it.
   */
  async setRoutes(endpoint: Endpoint, command: SetRoutes): Promise<EndpointStatus> {
    if (!checkRoutes(this.#record(endpoint), command)) return this.status(endpoint);
    const { previous } = command.routes;
    const answering = routedVersions({ ...command.routes, previous: null });
    for (const version of answering) await this.#loadVersion(endpoint, version);
    const isWarm = previous !== null && (await this.#loadsQuickly(endpoint, previous));
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
    await this.#change(endpoint, (record) => rolledBack(record, command), { evenIfForgotten: true });
    return this.status(endpoint);
  }

  async status(endpoint: Endpoint): Promise<EndpointStatus> {
    const record = this.#options.endpoints.get(endpointKey(endpoint.environment, endpoint.model));
    if (record === undefined) return emptyStatus(endpoint.model, endpoint.environment);
    const { model, environment, fence, routes } = record;
    const traffic = await this.#options.pool.freshTraffic();
    const trafficOf = (version: number) =>
      traffic.get(this.#options.slots.find(record, version)?.slot ?? 0) ?? newTraffic();
    const loaded = record.loaded.map(({ version }) => version);
    return {
      model,
      environment,
      fence,
      routes,
      loaded,
      traffic: loaded.map((version) => versionTraffic(version, trafficOf(version))),
      lastChange: lastChangeOf(record),
      rollbacks: record.rollbacks,
    };
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
    await this.#change(slotted, (record) => withoutBroken(record, version.version, reason), { evenIfForgotten: true });
  }

  async #loadsQuickly(endpoint: Endpoint, version: ServedVersion): Promise<boolean> {
    const load = this.#loadVersion(endpoint, version).then(
      () => true,
      (error: Error) => {
        console.error(`Version ${version.version} cannot be kept warm: ${error.message}`);
        return false;
      },
    );
    return Promise.race([load, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), warmMs).unref())]);
  }

  #loadVersion(endpoint: Endpoint, version: ServedVersion): Promise<void> {
    const { slots, source, pool } = this.#options;
    return this.#loads.run(endpointKey(endpoint.environment, endpoint.model), async () => {
      if (slots.isServable(this.#record(endpoint), version)) return;
      await fetchPackage(source, endpoint.model, version);
      const slotted = slots.add(endpoint, version);
      try {
        await pool.load(slotted);
      } catch (error) {
        slots.remove(slotted.slot);
        throw error;
      }
    });
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

/** A broken version leaves memory and, where there is another one to return to, the routes. */
function withoutBroken(record: EndpointRecord, version: number, reason: string): EndpointRecord {
  const loaded = record.loaded.filter((other) => other.version !== version);
  const { current, candidate, previous } = record.routes;
  const command = { by: 'model-server', reason };
  if (candidate?.version === version)
    return { ...(rolledBack({ ...record, lastChange: null }, command) ?? record), loaded };
  if (current?.version !== version || previous === null) return { ...record, loaded };
  return { ...(rolledBack(record, { ...command, toVersion: previous.version }) ?? record), loaded };
}
