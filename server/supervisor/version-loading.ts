import type { Endpoint } from '../../activities/targets/target.js';
import type { ServedVersion } from '../../schemas/index.js';
import { CacheCleaning } from './cache-cleaning.js';
import { type EndpointRecord, endpointKey, newEndpoint, packagesOf } from './endpoint-record.js';
import type { EndpointSlots } from './endpoint-slots.js';
import { fetchPackage, type PackageSource } from './fetch-package.js';
import { OneAtATime } from './one-at-a-time.js';
import type { ServingPool } from './pool/serving-pool.js';
import { refuseOtherDigests } from './record-fence.js';

export interface VersionLoadingOptions {
  readonly source: PackageSource;
  readonly slots: EndpointSlots;
  readonly pool: ServingPool;
  readonly endpoints: ReadonlyMap<string, EndpointRecord>;
}

const warmMs = 3000;

/** Brings versions into the memory of every process: fetched, tried out, loaded. One after the other for an endpoint. */
export class VersionLoading {
  readonly #options: VersionLoadingOptions;
  readonly #loads = new OneAtATime();
  readonly #cleaning: CacheCleaning;

  constructor(options: VersionLoadingOptions) {
    const { source, slots, endpoints } = options;
    this.#options = options;
    this.#cleaning = new CacheCleaning(source.cache, () => [...slots.all(), ...packagesOf(endpoints.values())]);
  }

  /** Nothing is done for a version that is there already. */
  load(endpoint: Endpoint, version: ServedVersion): Promise<void> {
    const { slots, source, pool } = this.#options;
    return this.#loads.run(endpointKey(endpoint.environment, endpoint.model), async () => {
      const record = this.#record(endpoint);
      refuseOtherDigests(record, version);
      if (slots.isServable(record, version)) return;
      const slotted = await this.#cleaning.whileLoading(async () => {
        await fetchPackage(source, endpoint.model, version);
        return slots.add(endpoint, version);
      });
      await pool.load(slotted).catch((error: unknown) => {
        slots.remove(slotted.slot);
        throw error;
      });
    });
  }

  /** Whether it could be loaded, in a time that a change of routes may wait. */
  loadsQuickly(endpoint: Endpoint, version: ServedVersion): Promise<boolean> {
    const load = this.load(endpoint, version).then(
      () => true,
      (error: Error) => {
        console.error(`Version ${version.version} cannot be kept warm: ${error.message}`);
        return false;
      },
    );
    return Promise.race([load, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), warmMs).unref())]);
  }

  /** Only its files, for processes that start. */
  async fetch(model: string, version: ServedVersion): Promise<void> {
    await this.#cleaning.whileLoading(() => fetchPackage(this.#options.source, model, version));
  }

  /** In the background: files of versions that were given up leave the disk. */
  clean(): void {
    void this.#cleaning.clean();
  }

  #record({ model, environment }: Endpoint): EndpointRecord {
    return this.#options.endpoints.get(endpointKey(environment, model)) ?? newEndpoint(model, environment);
  }
}
