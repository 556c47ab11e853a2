import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import type { OutcomeMatch } from '../activities/stores/prediction-log.js';
import { errorCode, failure, type OutcomeRecord } from '../schemas/index.js';
import { publicApi } from './api/public-api.js';
import { limitConnections } from './http/connections.js';
import { outcomeSenders } from './http/outcome-senders.js';
import { RequestRefused } from './http/request-refused.js';
import { loadPackage } from './model/load-package.js';
import { ModelCache } from './model/model-cache.js';
import { ServingVersion } from './model/serving-version.js';
import { reportLiveness } from './processes/liveness.js';
import type {
  FromProcess,
  LogState,
  ProcessCounts,
  ServingOptions,
  SlottedVersion,
  ToProcess,
} from './processes/process-messages.js';
import { ServingEndpoints } from './serving/endpoints.js';
import { Inference } from './serving/inference.js';
import { ServingLog } from './serving/serving-log.js';

/**
 * One serving process: HTTP and inference together, because a hop between processes would cost more than the model.
 * It knows nothing by itself; the supervisor tells it what to load, what to route and when to listen.
 */
class ServingProcess {
  readonly #options: ServingOptions;
  readonly #endpoints = new ServingEndpoints(process.env['MODEL_SERVER_SPLIT_SECRET'] ?? '');
  readonly #cache: ModelCache;
  readonly #log: ServingLog;
  readonly #inference: Inference;
  readonly #app: FastifyInstance;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #asked = 0;
  #logState: LogState = 'well';

  constructor(options: ServingOptions) {
    const shared = reportLiveness();
    this.#options = options;
    this.#cache = new ModelCache(options.cacheFolder);
    this.#log = new ServingLog(options, shared);
    this.#inference = new Inference({
      endpoints: this.#endpoints,
      log: (environment, lines, rows) => this.#log.append(environment, lines, rows),
      shared,
      answerAfterCommit: options.answerAfterCommit,
      maxInFlight: options.maxInFlight,
    });
    this.#app = publicApi({
      environment: options.environment,
      endpoints: this.#endpoints,
      inference: this.#inference,
      metrics: () => this.#askMetrics(),
      logState: () => this.#logState,
      saveOutcomes: (lines, rows) => this.#saveOutcomes(lines, rows),
      matchOutcomes: (outcomes) => this.#askMatches(outcomes),
      outcomeSenders: outcomeSenders(process.env['MODEL_SERVER_OUTCOMES_TOKEN']),
      apiToken: process.env['MODEL_SERVER_API_TOKEN'] || null, // not among the options, which ps shows
      hostNames: options.hostNames,
    });
  }

  run(): void {
    process.on('message', (message: ToProcess, handle: unknown) => void this.#receive(message, handle));
    process.on('disconnect', () => void this.#end());
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {}); // the supervisor drains us
    setInterval(() => send({ kind: 'counts', counts: this.#counts() }), 500).unref();
    send({ kind: 'hello' });
  }

  async #receive(message: ToProcess, handle: unknown): Promise<void> {
    if (message.kind === 'metrics') return this.#waiting.get(message.id)?.(message.text);
    if (message.kind === 'matches') return this.#waiting.get(message.id)?.(message.matches);
    if (message.kind === 'log') return this.#heedLog(message.state);
    if (message.kind === 'drain') return this.#drain();
    try {
      send({ kind: 'reply', id: message.id, result: (await this.#carryOut(message, handle)) ?? null });
    } catch (error) {
      send(errorMessage(message.id, error));
    }
  }

  #heedLog(state: LogState): void {
    this.#logState = state;
    this.#log.isFull = state === 'full';
  }

  #carryOut(message: Extract<ToProcess, { id: number }>, handle: unknown): unknown {
    switch (message.kind) {
      case 'load':
        return this.#load(message.slotted);
      case 'unload':
        return this.#unload(message.slot);
      case 'routes':
        return this.#endpoints.route(message.routes);
      case 'traffic':
        return this.#counts();
      case 'listen':
        return this.#listen(handle);
      case 'metrics':
      case 'matches':
        return null;
    }
  }

  async #load(slotted: SlottedVersion): Promise<void> {
    const read = (digest: string) =>
      this.#cache.readThrough(digest, () => {
        throw failure('BLOB_NOT_FOUND', `${digest} is not in the local model cache.`, { digest });
      });
    this.#endpoints.add(new ServingVersion(slotted, await loadPackage(slotted.version, slotted.model, read)));
  }

  /** Requests that chose the version before it left the routes are answered first. */
  async #unload(slot: number): Promise<void> {
    const version = this.#endpoints.remove(slot);
    if (version === undefined) return;
    for (let waited = 0; version.inFlight > 0 && waited < 30_000; waited += 20) await sleep(20);
    await version.loaded.release();
  }

  async #listen(handle: unknown): Promise<void> {
    await this.#app.ready();
    const { server } = this.#app;
    server.maxConnections = 4096;
    limitConnections(server, this.#options.maxConnectionsPerAddress);
    server.listen(handle as object);
    await once(server, 'listening');
  }

  async #saveOutcomes(lines: string, rows: number): Promise<void> {
    if (await this.#log.saveOutcomes(lines, rows)) return;
    throw new RequestRefused(503, 'log_unavailable', 'The outcomes could not be saved. Try again later.');
  }

  /** Metrics of the whole server are the supervisor's to tell. */
  async #askMetrics(): Promise<string> {
    send({ kind: 'counts', counts: this.#counts() });
    const text = await this.#ask((id) => ({ kind: 'askMetrics', id }));
    if (typeof text === 'string') return text;
    throw new RequestRefused(503, 'overloaded', 'The supervisor did not answer in time.');
  }

  /** The ledger is the supervisor's to ask. */
  async #askMatches(outcomes: readonly OutcomeRecord[]): Promise<OutcomeMatch[] | null> {
    const matches = await this.#ask((id) => ({ kind: 'askMatches', id, outcomes }));
    return Array.isArray(matches) ? (matches as OutcomeMatch[]) : null;
  }

  /** The supervisor's answer; undefined where it does not come in time. */
  async #ask(question: (id: number) => FromProcess): Promise<unknown> {
    const id = this.#asked++;
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve));
    send(question(id));
    const answered = await Promise.race([answer, sleep(2000)]);
    this.#waiting.delete(id);
    return answered;
  }

  #counts(): ProcessCounts {
    const traffic = [...this.#endpoints.versions()].map(({ slotted, traffic }) => [slotted.slot, traffic] as const);
    return { traffic, logged: this.#log.logged, lost: this.#log.lost };
  }

  /** Not ready at once; then, when load balancers have seen it, no new connections; then the answers under way. */
  async #drain(): Promise<void> {
    this.#inference.isDraining = true;
    await sleep(this.#options.drainMs);
    const idle = setInterval(() => this.#app.server.closeIdleConnections(), 50);
    await Promise.race([this.#app.close(), sleep(30_000)]);
    clearInterval(idle);
    await this.#end();
  }

  /** Refuses first, then finishes what is under way, then closes the log: nothing is answered that could not be in it. */
  async #end(): Promise<void> {
    this.#inference.isEnding = true;
    this.#app.server.close(() => {});
    for (let waited = 0; this.#inference.inFlight > 0 && waited < endMs; waited += 10) await sleep(10);
    this.#inference.isClosed = true;
    await this.#log.close();
    if (process.connected)
      process.send?.({ kind: 'counts', counts: this.#counts() } satisfies FromProcess, () => process.exit(0));
    else process.exit(0);
  }
}

/** What is under way may take so long when the supervisor is gone; see `reportLiveness` for what comes after. */
const endMs = 1000;

function send(message: FromProcess): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {}); // a lost supervisor is noticed by 'disconnect'
}

function errorMessage(id: number, error: unknown): FromProcess {
  const message = error instanceof Error ? error.message : String(error);
  const details = (error as { details?: unknown[] }).details?.[0] ?? {};
  return { kind: 'error', id, code: errorCode(error), message, details };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

new ServingProcess(JSON.parse(process.argv[2] ?? '{}') as ServingOptions).run();
