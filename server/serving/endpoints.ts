import type { Task } from '../../schemas/index.js';
import { RequestRefused } from '../http/request-refused.js';
import type { Asked } from '../model/request-format.js';
import type { ServingVersion } from '../model/serving-version.js';
import type { ProcessRoutes } from '../processes/process-messages.js';
import { judgeAnew } from '../processes/traffic.js';
import { isCandidate } from './split.js';

/** Who answers for one model in one environment. It is replaced as a whole, so no request sees half a change. */
interface ServingEndpoint {
  readonly routes: ProcessRoutes;
  readonly current: ServingVersion | null;
  readonly candidate: ServingVersion | null;
}

/** The versions and routes of one serving process. */
export class ServingEndpoints {
  readonly #versions = new Map<number, ServingVersion>();
  readonly #endpoints = new Map<string, Map<string, ServingEndpoint>>();

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
    models.set(routes.model, { routes, current, candidate });
  }

  /** Models that answer in an environment. */
  models(environment: string): string[] {
    const models = [...(this.#endpoints.get(environment) ?? [])];
    return models
      .filter(([, { current, candidate }]) => current !== null || candidate !== null)
      .map(([model]) => model);
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
    const version = asked === undefined ? routed(endpoint, requestId) : this.#named(environment, model, asked);
    if (version !== null) return version;
    throw this.#unknown(environment, model);
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

function routed(endpoint: ServingEndpoint | undefined, requestId: string): ServingVersion | null {
  if (endpoint === undefined) return null;
  const { candidate, current, routes } = endpoint;
  const goesToCandidate = routes.candidate !== null && isCandidate(requestId, routes.candidate.share);
  const slot = goesToCandidate ? routes.candidate?.slot : routes.current;
  if (routes.openCircuits.includes(slot ?? 0)) throw circuitOpen();
  return goesToCandidate ? candidate : current;
}

function circuitOpen(): RequestRefused {
  return new RequestRefused(503, 'circuit_open', 'The version is switched off: it took the server down repeatedly.');
}
