import type { EndpointName, EndpointStatus } from '../schemas/index.js';
import type { Activities, BesideTraffic, SeenServer } from './activities.js';
import { type ComparePorts, compareAtGate } from './deploy/compare-at-gate.js';
import { findVersion } from './deploy/find-version.js';
import { originOf } from './facts.js';
import { requireDeployment, requireOwner } from './owner/caller.js';
import { untilCancelled } from './processes/heartbeat.js';
import { soon } from './stores/soon.js';
import type { Target } from './targets/target.js';

export interface DeployPorts extends ComparePorts {
  /** the target of an environment */
  readonly target: (environment: string) => Target;
}

type DeployActivities = Pick<
  Activities,
  | 'findVersion'
  | 'compareAtGate'
  | 'loadVersion'
  | 'pushRoutes'
  | 'endpointStatus'
  | 'observeEndpoint'
  | 'candidateTraffic'
  | 'rollbackEndpoint'
>;

export function createDeployActivities(ports: DeployPorts): DeployActivities {
  const targetOf = (e: EndpointName) => ports.target(e.environment);
  return {
    findVersion: (of) => findVersion(ports, of),
    compareAtGate: (asked) => compareAtGate(ports, asked, originOf('deploy')),
    loadVersion: async ({ version, fence, ...e }) => {
      requireDeployment();
      return targetOf(e).load(nameOf(e), { fence, version });
    },
    pushRoutes: async (command) => {
      requireOwner(command.model);
      return untilCancelled(pushRoutes(targetOf(command), command));
    },
    endpointStatus: (e) => targetOf(e).status(nameOf(e)),
    observeEndpoint: (e) => observeEndpoint(ports, nameOf(e)),
    candidateTraffic: ({ version, ...e }) => candidateTraffic(targetOf(e), nameOf(e), version),
    rollbackEndpoint: async ({ by, reason, toVersion, requestId, ...e }) => {
      requireDeployment();
      return targetOf(e).rollback(nameOf(e), { by, reason, toVersion, requestId });
    },
  };
}

const nameOf = ({ model, environment }: EndpointName): EndpointName => ({ model, environment });

const shortPatienceMs = 2000;
const unknown = { by: 'unknown', reason: 'the model server was changed without its owner' };

async function observeEndpoint({ registry, target }: DeployPorts, endpoint: EndpointName): Promise<SeenServer> {
  const { model, environment } = endpoint;
  const { fence, routes, lastChange, rolledBack } = await target(environment).status(endpoint);
  const asked = Promise.all([
    registry.lastGeneration(model, environment),
    registry.promotedVersions(model, environment),
  ]);
  const told = fence === null ? await soon(asked) : await withinReason(asked);
  const [generation, promoted] = told ?? [0, null];
  const isBehind = generation > (fence?.generation ?? 0);
  const change = lastChange && { kind: lastChange, ...(rolledBack ?? unknown) };
  return { fence: isBehind ? { generation, step: 0 } : fence, routes, lastChange: change, promoted };
}

/** What serves can be rolled back also while Postgres is dead: its memory is asked for, and not waited for. */
function withinReason<T>(memory: Promise<T>): Promise<T | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), shortPatienceMs).unref());
  return Promise.race([memory.catch(() => null), late]);
}

/** A version that the server lost (a new machine) is loaded again before routes point at it. */
async function pushRoutes(target: Target, command: Parameters<Activities['pushRoutes']>[0]): Promise<EndpointStatus> {
  const { fence, routes, reason, isRollback, ...endpoint } = command;
  const before = await target.status(nameOf(endpoint));
  const needed = [routes.current, routes.candidate].filter((v) => v !== null);
  for (const { version, modelDigest, packageDigest } of needed.filter((v) => !before.loaded.includes(v.version))) {
    await target.load(nameOf(endpoint), {
      fence,
      version: { version, modelDigest, packageDigest },
    });
  }
  return target.setRoutes(nameOf(endpoint), { fence, routes, reason, isRollback });
}

async function candidateTraffic(target: Target, endpoint: EndpointName, version: number): Promise<BesideTraffic> {
  const { traffic, routes } = await target.status(endpoint);
  const trafficOf = (one: number | undefined) => traffic.find((t) => t.version === one) ?? null;
  return { candidate: trafficOf(version), current: trafficOf(routes.current?.version) };
}
