import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BlobStore } from '../activities/stores/blob-store.js';
import type { PredictionLog } from '../activities/stores/prediction-log.js';
import { ModelCache } from './model/model-cache.js';
import { isLoopback, type ServerOptions } from './server-options.js';
import { controlApi } from './supervisor/control-api.js';
import { endpointKey, routedVersions } from './supervisor/endpoint-record.js';
import { EndpointSlots } from './supervisor/endpoint-slots.js';
import { cachedFilesOf } from './supervisor/fetch-package.js';
import { lockFolder } from './supervisor/folder-lock.js';
import { LogKeeper } from './supervisor/log-keeper.js';
import { ServingPool } from './supervisor/pool/serving-pool.js';
import { bindSharedPort } from './supervisor/pool/shared-port.js';
import { ServerMetrics } from './supervisor/server-metrics.js';
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
export async function openModelServer(
  options: ServerOptions,
  { blobs, predictions }: ModelServerStores,
): Promise<ModelServer> {
  mkdirSync(options.folder, { recursive: true });
  const unlock = lockFolder(options.folder);
  const cache = new ModelCache(join(options.folder, 'models'));
  const state = new StateFile(options.folder);
  const records = state.read();
  const endpoints = new Map(records.map((record) => [endpointKey(record.environment, record.model), record]));
  const slots = new EndpointSlots();
  for (const record of records)
    for (const version of [...routedVersions(record.routes), ...record.loaded]) slots.add(record, version);
  cache.keepOnly(await cachedFilesOf(cache, slots.usable()));

  const folders = {
    predictionsFolder: join(options.folder, 'predictions'),
    outcomesFolder: join(options.folder, 'outcomes'),
  };
  const log: LogKeeper = new LogKeeper({
    ...folders,
    quotaBytes: options.logQuotaBytes,
    blobs,
    predictions,
    writers: () => pool.writers(),
    onFull: (isFull) => pool.tellLogFull(isFull),
  });
  const metrics = new ServerMetrics({ pool: () => pool, log, slots });
  const port = await bindSharedPort(options.host, options.port);
  const pool: ServingPool = new ServingPool({
    ...options,
    port,
    serving: { ...folders, cacheFolder: cache.folder, ...servingOptions(options) },
    metrics: () => metrics.text(),
    versions: () => slots.usable(),
    routes: () => [...endpoints.values()].map((record) => slots.routes(record, record)),
    onEnd: ({ child, slot }) => {
      log.recover(child);
      supervisor.blame(slot).catch((error: Error) => console.error(`A circuit could not be opened: ${error.message}`));
    },
  });
  const source = { blobs, cache, loadDeadlineMs: options.loadDeadlineMs };
  const supervisor: Supervisor = new Supervisor({ source, state, slots, pool, endpoints });
  const control = controlApi({
    supervisor,
    token: options.token,
    allowedHosts: isLoopback(options.controlHost) ? ['127.0.0.1', 'localhost', '::1', '[::1]'] : null,
  });

  log.start();
  await pool.start();
  await control.listen({ host: options.controlHost, port: options.controlPort });
  const { port: controlPort } = control.server.address() as AddressInfo;
  return {
    publicAddress: `http://${reachable(options.host)}:${port.port}`,
    controlAddress: `http://${reachable(options.controlHost)}:${controlPort}`,
    supervisor,
    pool,
    log,
    drain: async () => {
      await control.close();
      await pool.drain(options.drainMs + drainDeadlineMs);
      port.close();
      await log.stop(shipDeadlineMs);
      unlock();
    },
    kill: () => pool.kill(),
  };
}

/** Only what a serving process needs: its arguments can be read by every user of the machine, so no token is among them. */
function servingOptions({ environment, maxInFlight, drainMs, commitMs, rotateMs, rotateRows }: ServerOptions) {
  return { environment, maxInFlight, drainMs, commitMs, rotateMs, rotateRows };
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
