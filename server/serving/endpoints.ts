import type { Task } from '../../schemas/index.js';
import { RequestRefused } from '../http/request-refused.js';
import type { Asked } from '../model/request-format.js';
import type { ServingVersion } from '../model/serving-version.js';
import type { ProcessRoutes } from '../processes/process-messages.js';
import { judgeAnew } from '../processes/traffic.js';
import { HeardIds } from './heard-ids.js';
import { isCandidate } from './split.js';

/** Who answers for one model in one environment. It is replaced as a whole, so no request sees half a change. */
interface ServingEndpoint {
  readonly routes: ProcessRoutes;
  readonly current: ServingVersion | null;
  readonly candidate: ServingVersion | null;
  readonly heard: HeardIds;
}

/** The versions and routes of one serving process. */
export class ServingEndpoints {
  readonly #versions = new Map<number, ServingVersion>();
  readonly #endpoints = new Map<string, Map<string, ServingEndpoint>>();
  readonly #splitSecret: string;

  constructor(splitSecret: string) {
    this.#splitSecret = splitSecret;
  }

  add(version: ServingVersion): void {
    this.#versions.set(version.slotted.slot, version);
  }

  remove(slot: number): ServingVersion | undefined {
    const version = this.#versions.get(slot);
    this.#versions.delete(slot);
    return version;
  }

  versions(): Iterable<ServingVersion> {
    return this.#versions.values();
  }

  /** What the loaded models tell: a probability of yes, or a number. */
  tasks(): Set<Task> {
    return new Set([...this.#versions.values()].map(({ loaded }) => loaded.manifest.task));
  }

  versionsOf(environment: string, model: string): ServingVersion[] {
    return [...this.#versions.values()].filter(
      ({ slotted }) => slotted.environment === environment && slotted.model === model,
    );
  }

  route(routes: ProcessRoutes): void {
    for (const slot of routes.restartCounters) {
      const version = this.#versions.get(slot);
      if (version !== undefined) judgeAnew(version.traffic);
    }
    const current = routes.current === null ? null : (this.#versions.get(routes.current) ?? null);
    const candidate = routes.candidate === null ? null : (this.#versions.get(routes.candidate.slot) ?? null);
    const models = this.#endpoints.get(routes.environment) ?? new Map<string, ServingEndpoint>();
    this.#endpoints.set(routes.environment, models);
    const before = models.get(routes.model);
    const heard = before !== undefined && routes.restartCounters.length === 0 ? before.heard : new HeardIds();
    models.set(routes.model, { routes, current, candidate, heard });
  }

  /** Models that answer in an environment, or should. */
  models(environment: string): string[] {
    const models = [...(this.#endpoints.get(environment) ?? [])];
    return models.filter(([, endpoint]) => shouldAnswer(endpoint)).map(([model]) => model);
  }

  /** Whether requests for the model are answered. */
  isReady(environment: string, model: string): boolean {
    const version = this.current(environment, model);
    return version !== null && !this.#isOpen(version);
  }

  /** Who answers; while a first version is rolled out, that is the candidate, which takes everything. */
  current(environment: string, model: string): ServingVersion | null {
    const endpoint = this.#endpoints.get(environment)?.get(model);
    const takesAll = (endpoint?.routes.candidate?.share ?? 0) >= 1;
    return endpoint?.current ?? (takesAll ? (endpoint?.candidate ?? null) : null);
  }

  /** The version that answers this request, or a refusal that says why there is none. */
  choose({ environment, model, version: asked }: Asked, requestId: string): ServingVersion {
    const endpoint = this.#endpoints.get(environment)?.get(model);
    const version = asked === undefined ? this.#routed(endpoint, requestId) : this.#named(environment, model, asked);
    if (version !== null && this.#isOpen(version)) throw circuitOpen();
    if (version !== null) return version;
    throw endpoint !== undefined && shouldAnswer(endpoint) ? absent(endpoint) : this.#unknown(environment, model);
  }

  /** Whether its answer says something of the version: not where a caller named the version, nor for an id heard before. */
  isJudged({ environment, model, version }: Asked, requestId: string): boolean {
    if (version !== undefined) return false;
    const endpoint = this.#endpoints.get(environment)?.get(model);
    return endpoint === undefined || endpoint.candidate === null || endpoint.heard.hear(requestId);
  }

  #routed(endpoint: ServingEndpoint | undefined, requestId: string): ServingVersion | null {
    if (endpoint === undefined) return null;
    const { candidate, current, routes } = endpoint;
    if (candidate === null || routes.candidate === null) return current;
    const { environment, model, version } = candidate.slotted;
    const split = { secret: this.#splitSecret, of: `${environment}/${model}/${version.version}` };
    return isCandidate(split, requestId, routes.candidate.share) ? candidate : current;
  }

  /** A version that took processes down is asked no more, by whatever name. */
  #isOpen({ slotted: { environment, model, slot } }: ServingVersion): boolean {
    return this.#endpoints.get(environment)?.get(model)?.routes.openCircuits.includes(slot) ?? false;
  }

  #named(environment: string, model: string, asked: string): ServingVersion {
    const version = this.versionsOf(environment, model).find(
      ({ slotted }) => String(slotted.version.version) === asked,
    );
    if (version !== undefined) return version;
    throw new RequestRefused(
      404,
      'version_not_found',
      `No version "${asked.slice(0, 20)}" of this model is loaded in "${environment}".`,
    );
  }

  #unknown(environment: string, model: string): RequestRefused {
    const known = this.models(environment).join(', ') || 'none';
    const text = `No model "${model.slice(0, 63)}" is served in "${environment}". Served there: ${known}.`;
    return new RequestRefused(404, 'model_not_found', text).about('model');
  }
}

function shouldAnswer({ routes }: ServingEndpoint): boolean {
  return routes.isMissing || routes.current !== null || routes.candidate !== null;
}

/** Whoever should answer is not in this process's memory: it was switched off, or could not be loaded yet. */
function absent({ routes }: ServingEndpoint): RequestRefused {
  return routes.openCircuits.includes(routes.current ?? 0) ? circuitOpen() : notLoaded();
}

function notLoaded(): RequestRefused {
  const text = 'The version that should answer is not in memory yet: it is being fetched. Try again later.';
  return new RequestRefused(503, 'model_not_loaded', text).about('model');
}

function circuitOpen(): RequestRefused {
  return new RequestRefused(503, 'circuit_open', 'The version is switched off: it took the server down repeatedly.');
}
