import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { BlobStore } from '../activities/stores/blob-store.js';
import type { PredictionLog } from '../activities/stores/prediction-log.js';
import { isLoopback } from '../schemas/index.js';
import { loopbackNames } from './http/own-pages-only.js';
import { ModelCache } from './model/model-cache.js';
import type { ServerOptions } from './server-options.js';
import { controlApi } from './supervisor/control-api.js';
import { type EndpointRecord, endpointKey, packagesOf } from './supervisor/endpoint-record.js';
import { EndpointSlots } from './supervisor/endpoint-slots.js';
import { cachedFilesOf, isCached } from './supervisor/fetch-package.js';
import { lockFolder } from './supervisor/folder-lock.js';
import { LogKeeper } from './supervisor/log-keeper.js';
import { makeOwnFolder } from './supervisor/own-folder.js';
import { type PoolWatcher, ServingPool } from './supervisor/pool/serving-pool.js';
import { bindSharedPort, type SharedPort } from './supervisor/pool/shared-port.js';
import { type MetricsOptions, ServerMetrics } from './supervisor/server-metrics.js';
import { StateFile } from './supervisor/state-file.js';
import { Supervisor } from './supervisor/supervisor.js';

export interface ModelServerStores {
  readonly blobs: BlobStore;
  readonly predictions: () => Promise<PredictionLog>;
}

export interface ModelServer {
  readonly publicAddress: string;
  readonly controlAddress: string;
  readonly supervisor: Supervisor;
  readonly pool: ServingPool;
  readonly log: LogKeeper;
  /** answers what is under way, saves and ships the log, ends every process */
  drain(): Promise<void>;
  /** at once; what was acknowledged in the last 100 ms may be lost */
  kill(): void;
}

const drainDeadlineMs = 45_000;
const shipDeadlineMs = 10_000;

/** Wires and starts a model server: what its state file remembers is served before anything else is asked for. */
export async function openModelServer(options: ServerOptions, stores: ModelServerStores): Promise<ModelServer> {
  makeOwnFolder(options.folder);
  const unlock = await lockFolder(options.folder, { onLost: () => giveUp(options.folder) });
  const memory = await remembered(options.folder);
  const port = await bindSharedPort(options.host, options.port);
  const pool = poolOf(options, memory, port);
  const log = logOf(options, stores, pool);
  const supervisor = supervisorOf(options, stores, { ...memory, pool });
  log.start();
  await pool.start(watcherOf({ pool, log, supervisor, slots: memory.slots }));
  supervisor.restore();
  const control = await openControl(options, supervisor, log);
  return {
    publicAddress: addressOf(options.host, port.port),
    controlAddress: addressOf(options.controlHost, portOf(control)),
    supervisor,
    pool,
    log,
    drain: () => drain({ drainMs: options.drainMs, control, pool, port, log, unlock }),
    kill: () => pool.kill(),
  };
}

/** What the server knew when it ended, as far as its state file and its cache hold it. */
interface Memory {
  readonly state: StateFile;
  readonly endpoints: Map<string, EndpointRecord>;
  readonly slots: EndpointSlots;
  readonly cache: ModelCache;
}

async function remembered(folder: string): Promise<Memory> {
  const cache = new ModelCache(join(folder, 'models'));
  const state = new StateFile(folder);
  const records = state.read();
  const endpoints = new Map(records.map((record) => [endpointKey(record.environment, record.model), record]));
  const packages = packagesOf(records);
  cache.keepOnly(await cachedFilesOf(cache, packages));
  const slots = new EndpointSlots();
  for (const named of packages) if (await isCached(cache, named.model, named.version)) slots.add(named, named.version);
  return { state, endpoints, slots, cache };
}

function poolOf(options: ServerOptions, { slots, endpoints, cache }: Memory, port: SharedPort): ServingPool {
  return new ServingPool({
    ...options,
    port,
    secrets: secretsOf(options),
    serving: { ...logFolders(options), cacheFolder: cache.folder, ...servingOptions(options) },
    versions: () => slots.usable(),
    routes: () => [...endpoints.values()].map((record) => slots.routes(record, record)),
  });
}

function logOf(options: ServerOptions, { blobs, predictions }: ModelServerStores, pool: ServingPool): LogKeeper {
  return new LogKeeper({
    ...logFolders(options),
    quotaBytes: options.logQuotaBytes,
    blobs,
    predictions,
    writers: () => pool.writers(),
    onState: (state) => pool.tellLog(state),
  });
}

function supervisorOf(
  { loadDeadlineMs, hangMs }: ServerOptions,
  { blobs }: ModelServerStores,
  { cache, ...known }: Memory & { pool: ServingPool },
): Supervisor {
  return new Supervisor({ ...known, source: { blobs, cache, loadDeadlineMs, hangMs } });
}

/** A process that ended leaves a log to complete, and perhaps a version to blame. */
function watcherOf({ supervisor, ...measured }: MetricsOptions & { supervisor: Supervisor }): PoolWatcher {
  const metrics = new ServerMetrics(measured);
  return {
    metrics: () => metrics.text(),
    onUnloadable: (failed) => supervisor.lost(failed),
    matches: (outcomes) => measured.log.matches(outcomes),
    onEnd: ({ child, slot }) => {
      measured.log.recover(child);
      supervisor.blame(slot).catch((error: Error) => console.error(`A circuit could not be opened: ${error.message}`));
    },
  };
}

async function openControl(options: ServerOptions, supervisor: Supervisor, log: LogKeeper): Promise<FastifyInstance> {
  const hostNames = isLoopback(options.controlHost) ? loopbackNames : null;
  const control = controlApi({ supervisor, log, token: options.token, hostNames });
  await control.listen({ host: options.controlHost, port: options.controlPort });
  return control;
}

interface Running {
  readonly drainMs: number;
  readonly control: FastifyInstance;
  readonly pool: ServingPool;
  readonly port: SharedPort;
  readonly log: LogKeeper;
  readonly unlock: () => void;
}

async function drain({ drainMs, control, pool, port, log, unlock }: Running): Promise<void> {
  await control.close();
  await pool.drain(drainMs + drainDeadlineMs);
  port.close();
  await log.stop(shipDeadlineMs);
  unlock();
}

function logFolders({ folder }: ServerOptions) {
  return { predictionsFolder: join(folder, 'predictions'), outcomesFolder: join(folder, 'outcomes') };
}

/** Only what a serving process needs: its arguments can be read by every user of the machine, so no token is among them. */
function servingOptions(options: ServerOptions) {
  const { environment, maxInFlight, drainMs, commitMs, rotateMs, rotateBytes, answerAfterCommit } = options;
  const { maxConnectionsPerAddress, hostNames } = options;
  const log = { commitMs, rotateMs, rotateBytes, answerAfterCommit };
  return { environment, maxInFlight, drainMs, maxConnectionsPerAddress, hostNames, ...log };
}

/** The split's secret is that of all servers with this control token: a retry that reaches another one stays on its side. */
function secretsOf({ token, apiToken }: ServerOptions): Record<string, string> {
  const outcomesToken = process.env['MODEL_SERVER_OUTCOMES_TOKEN'];
  return {
    MODEL_SERVER_SPLIT_SECRET: createHmac('sha256', token).update('split').digest('hex'),
    ...(apiToken === null ? {} : { MODEL_SERVER_API_TOKEN: apiToken }),
    ...(outcomesToken ? { MODEL_SERVER_OUTCOMES_TOKEN: outcomesToken } : {}),
  };
}

/** Another server took the folder over while this one stood still: going on would ship and delete each other's segments. */
function giveUp(folder: string): void {
  console.error(`Another model server has taken ${folder} over; this one ends.`);
  process.exit(1);
}

function portOf({ server }: FastifyInstance): number {
  return (server.address() as AddressInfo).port;
}

function addressOf(host: string, port: number): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  return host.includes(':') ? `http://[${host}]:${port}` : `http://${host}:${port}`;
}
