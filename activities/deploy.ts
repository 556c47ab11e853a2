import { type EndpointName, type EndpointStatus, failure } from '../schemas/index.js';
import type { Activities, FoundVersion } from './activities.js';
import { evidenceOf } from './deploy/evidence.js';
import { untilCancelled } from './processes/heartbeat.js';
import type { Registry } from './stores/registry.js';
import type { Target } from './targets/target.js';

export interface DeployPorts {
  readonly registry: Registry;
  /** the target of an environment */
  readonly target: (environment: string) => Target;
}

type DeployActivities = Pick<
  Activities,
  | 'findVersion'
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
    findVersion: ({ model, version }) => findVersion(ports.registry, model, version),
    loadVersion: ({ version, fence, ...e }) => targetOf(e).load(nameOf(e), { fence, version }),
    pushRoutes: (command) => untilCancelled(pushRoutes(targetOf(command), command)),
    endpointStatus: (e) => targetOf(e).status(nameOf(e)),
    observeEndpoint: (e) => observeEndpoint(ports, nameOf(e)),
    candidateTraffic: ({ version, ...e }) => candidateTraffic(targetOf(e), nameOf(e), version),
    rollbackEndpoint: ({ by, reason, requestId, ...e }) => targetOf(e).rollback(nameOf(e), { by, reason, requestId }),
  };
}

const nameOf = ({ model, environment }: EndpointName): EndpointName => ({ model, environment });

async function findVersion(registry: Registry, model: string, version: number | undefined): Promise<FoundVersion> {
  const found = await registry.modelVersion(model, version);
  if (found) {
    const { modelDigest, packageDigest } = found;
    const run = await registry.run(found.runId);
    return { version: { version: found.version, modelDigest, packageDigest }, evidence: run ? evidenceOf(run) : [] };
  }
  const what = version === undefined ? `${model} has no packaged version` : `${model} has no version ${version}`;
  throw failure(
    'VERSION_NOT_FOUND',
    `${what}. Package one first: temporal workflow start --task-queue mlops --type packageModel -w package/${model} -i '{"model": "${model}"}'`,
    {
      model,
      version,
    },
  );
}

const shortPatienceMs = 2000;

async function observeEndpoint({ registry, target }: DeployPorts, endpoint: EndpointName) {
  const { model, environment } = endpoint;
  const { fence, routes } = await target(environment).status(endpoint);
  const asked = registry.lastGeneration(model, environment);
  const generation = fence === null ? await soon(asked) : await withinReason(asked);
  return { fence: fence !== null && fence.generation >= generation ? fence : { generation, step: 0 }, routes };
}

/** What serves can be rolled back also while Postgres is dead: its memory is asked for, and not waited for. */
function withinReason(generation: Promise<number>): Promise<number> {
  const late = new Promise<number>((resolve) => setTimeout(() => resolve(0), shortPatienceMs).unref());
  return Promise.race([generation.catch(() => 0), late]);
}

/** What only the ledger knows is asked for again later, and holds no slot meanwhile that a rollback may want. */
function soon(generation: Promise<number>): Promise<number> {
  const message = 'Postgres did not say in time what the last generation of the endpoint was.';
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(failure('LEDGER_UNAVAILABLE', message)), shortPatienceMs).unref(),
  );
  return Promise.race([generation, late]);
}

/** A version that the server lost (a new machine) is loaded again before routes point at it. */
async function pushRoutes(target: Target, command: Parameters<Activities['pushRoutes']>[0]): Promise<EndpointStatus> {
  const { fence, routes, reason, isRollback, ...endpoint } = command;
  const before = await target.status(nameOf(endpoint));
  const needed = [routes.current, routes.candidate].filter((v) => v !== null);
  for (const { version, modelDigest, packageDigest } of needed.filter((v) => !before.loaded.includes(v.version))) {
    await target.load(nameOf(endpoint), {
      fence: { ...fence, step: Math.max(0, fence.step - 1) },
      version: { version, modelDigest, packageDigest },
    });
  }
  return target.setRoutes(nameOf(endpoint), { fence, routes, reason, isRollback });
}

async function candidateTraffic(target: Target, endpoint: EndpointName, version: number) {
  const { traffic } = await target.status(endpoint);
  return traffic.find((t) => t.version === version) ?? null;
}
