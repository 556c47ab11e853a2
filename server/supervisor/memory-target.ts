import type { BlobStore } from '../../activities/stores/blob-store.js';
import type { Endpoint, Target } from '../../activities/targets/target.js';
import type { EndpointStatus, LoadVersion, RollbackEndpoint, SetRoutes } from '../../schemas/index.js';
import { loadPackage } from '../model/load-package.js';
import { newTraffic, versionTraffic } from '../processes/traffic.js';
import {
  type EndpointRecord,
  endpointKey,
  isLoaded,
  newEndpoint,
  routedVersions,
  versionsToKeep,
  withLoaded,
  withRoutes,
} from './endpoint-record.js';
import { checkLoad, checkRoutes, refuseOtherDigests } from './record-fence.js';
import { lastChangeOf, rolledBack, toldOf } from './record-rollback.js';

/**
 * A model server's endpoints in this process, for tests: packages are loaded and tried out, fences and rollbacks are those of
 * the server, by the same code. It answers no requests, so that a candidate has no traffic to be judged by.
 */
export function createMemoryTarget({ blobs }: { blobs: BlobStore }): Target {
  const records = new Map<string, EndpointRecord>();
  const recordOf = ({ model, environment }: Endpoint) =>
    records.get(endpointKey(environment, model)) ?? newEndpoint(model, environment);
  const keep = (record: EndpointRecord): EndpointStatus => {
    const kept = { ...record, loaded: versionsToKeep(record) };
    records.set(endpointKey(record.environment, record.model), kept);
    return statusOf(kept);
  };

  async function load(endpoint: Endpoint, command: LoadVersion): Promise<EndpointStatus> {
    const before = recordOf(endpoint);
    checkLoad(before, command);
    if (!isLoaded(before, command.version)) await tryOut(endpoint.model, command);
    const record = recordOf(endpoint);
    checkLoad(record, command);
    return keep(withLoaded(record, command));
  }

  async function tryOut(model: string, { version }: LoadVersion): Promise<void> {
    const { loaded } = await loadPackage(version, model, (digest) => blobs.get(digest));
    await loaded.release();
  }

  async function setRoutes(endpoint: Endpoint, command: SetRoutes): Promise<EndpointStatus> {
    const record = recordOf(endpoint);
    if (!checkRoutes(record, command)) return statusOf(record);
    for (const version of routedVersions(command.routes)) {
      refuseOtherDigests(record, version);
      if (!isLoaded(record, version)) await tryOut(endpoint.model, { fence: command.fence, version });
    }
    const now = recordOf(endpoint);
    return checkRoutes(now, command) ? keep(withAllLoaded(withRoutes(now, command), command)) : statusOf(now);
  }

  async function rollback(endpoint: Endpoint, command: RollbackEndpoint): Promise<EndpointStatus> {
    const record = recordOf(endpoint);
    return keep(rolledBack(record, command) ?? record);
  }

  return { load, setRoutes, rollback, status: async (endpoint) => statusOf(recordOf(endpoint)) };
}

function withAllLoaded(record: EndpointRecord, { fence, routes }: SetRoutes): EndpointRecord {
  const missing = routedVersions(routes).filter((version) => !isLoaded(record, version));
  return missing.reduce((all, version) => withLoaded(all, { fence, version }), record);
}

function statusOf(record: EndpointRecord): EndpointStatus {
  const { model, environment, fence, routes, rollbacks } = record;
  const loaded = record.loaded.map(({ version }) => version);
  const traffic = loaded.map((version) => versionTraffic(version, newTraffic()));
  return {
    model,
    environment,
    fence,
    routes,
    loaded,
    traffic,
    lastChange: lastChangeOf(record),
    rolledBack: toldOf(record),
    rollbacks,
  };
}
