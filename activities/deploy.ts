import { type AnalysisPolicy, type EndpointName, type EndpointStatus, failure } from '../schemas/index.js';
import { type CandidateVerdict, judgeCandidate } from '../statistics/verdicts/candidate.js';
import type { Activities, FoundVersion } from './activities.js';
import { evidenceOf } from './deploy/evidence.js';
import { currentBeat } from './processes/heartbeat.js';
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
  | 'watchCandidate'
  | 'rollbackEndpoint'
>;

export function createDeployActivities(ports: DeployPorts): DeployActivities {
  const targetOf = (e: EndpointName) => ports.target(e.environment);
  return {
    findVersion: ({ model, version }) => findVersion(ports.registry, model, version),
    loadVersion: ({ version, fence, ...e }) => targetOf(e).load(nameOf(e), { fence, version }),
    pushRoutes: (command) => pushRoutes(targetOf(command), command),
    endpointStatus: (e) => targetOf(e).status(nameOf(e)),
    observeEndpoint: (e) => observeEndpoint(ports, nameOf(e)),
    watchCandidate: ({ version, policy, ...e }) =>
      watchCandidate(targetOf(e), e, { version, policy, signal: currentBeat().signal }),
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
  const generation = fence === null ? await asked : await withinReason(asked);
  return { fence: fence !== null && fence.generation >= generation ? fence : { generation, step: 0 }, routes };
}

/** What serves can be rolled back also while Postgres is dead: its memory is asked for, and not waited for. */
function withinReason(generation: Promise<number>): Promise<number> {
  const late = new Promise<number>((resolve) => setTimeout(() => resolve(0), shortPatienceMs).unref());
  return Promise.race([generation.catch(() => 0), late]);
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

const pollMs = 500;

interface Watched {
  readonly version: number;
  readonly policy: AnalysisPolicy;
  readonly signal: AbortSignal;
}

/** Watches the candidate's answers until it has shown enough, failed, or starved. */
async function watchCandidate(
  target: Target,
  endpoint: EndpointName,
  { version, policy, signal }: Watched,
): Promise<CandidateVerdict> {
  const began = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const status = await target.status(nameOf(endpoint));
    const trafficOf = (one: number | undefined) => status.traffic.find((traffic) => traffic.version === one);
    const [candidate, current] = [trafficOf(version), trafficOf(status.routes.current?.version)];
    const verdict = judgeCandidate(policy, { candidate, current, elapsedMs: Date.now() - began });
    if (verdict) return verdict;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
