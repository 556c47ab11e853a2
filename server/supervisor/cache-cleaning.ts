import type { ServedVersion } from '../../schemas/index.js';
import type { ModelCache } from '../model/model-cache.js';
import { cachedFilesOf } from './fetch-package.js';

interface InUse {
  readonly model: string;
  readonly version: ServedVersion;
}

/** Keeps the local cache to what is served or kept warm: else the disk grows with each deployment. */
export class CacheCleaning {
  readonly #cache: ModelCache;
  readonly #inUse: () => InUse[];
  #loading = 0;
  #begun = 0;

  constructor(cache: ModelCache, inUse: () => InUse[]) {
    this.#cache = cache;
    this.#inUse = inUse;
  }

  /** Files of a package that is on its way are nobody's yet: meanwhile nothing is removed. */
  async whileLoading<T>(work: () => Promise<T>): Promise<T> {
    this.#loading++;
    this.#begun++;
    try {
      return await work();
    } finally {
      this.#loading--;
    }
  }

  /** At the next change again, where it could not be done. */
  async clean(): Promise<void> {
    try {
      const begun = this.#begun;
      const files = await cachedFilesOf(this.#cache, this.#inUse());
      if (this.#loading === 0 && this.#begun === begun) this.#cache.keepOnly(files);
    } catch (error) {
      console.error(`The model cache could not be cleaned: ${(error as Error).message}`);
    }
  }
}
