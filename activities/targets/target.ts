import type { EndpointName, EndpointStatus, LoadVersion, RollbackEndpoint, SetRoutes } from '../../schemas/index.js';

export type { EndpointName as Endpoint } from '../../schemas/index.js';

/**
 * Where a model serves. Promises every adapter keeps:
 * - Only a larger (generation, step) is accepted: `STALE_GENERATION` otherwise. The same command again succeeds.
 * - `load` fetches, verifies the digest, admits, warms up and checks the package's example rows; it moves no traffic.
 *   A model that fails is `DEPLOYMENT_CHECK_FAILED` and leaves what serves untouched.
 * - `setRoutes` is atomic: each answer comes from one version. It keeps `previous` warm.
 * - `rollback` needs neither the ledger nor the blob store. No command that its sender gave without knowing of it is
 *   accepted after it: only the routes that stand, pushed again under its fence, or a larger generation.
 */
export interface Target {
  load(endpoint: EndpointName, command: LoadVersion): Promise<EndpointStatus>;
  setRoutes(endpoint: EndpointName, command: SetRoutes): Promise<EndpointStatus>;
  rollback(endpoint: EndpointName, command: RollbackEndpoint): Promise<EndpointStatus>;
  status(endpoint: EndpointName): Promise<EndpointStatus>;
}
