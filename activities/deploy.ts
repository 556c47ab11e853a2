import { durationMilliseconds } from '../schemas/duration.js';
import { type CanaryPolicy, type EndpointStatus, failure, type VersionTraffic } from '../schemas/index.js';
import type { Activities, CanaryVerdict, EndpointName, FoundVersion } from './activities.js';
import { evidenceOf } from './deploy/evidence.js';
import { withHeartbeat } from './processes/heartbeat.js';
import type { Ledger } from './stores/ledger.js';
import type { Target } from './targets/target.js';

export interface DeployPorts {
  readonly ledger: Ledger;
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
  | 'watchCanary'
  | 'rollbackEndpoint'
>;

export function createDeployActivities(ports: DeployPorts): DeployActivities {
  const targetOf = (e: EndpointName) => ports.target(e.environment);
  return {
    findVersion: ({ model, version }) => findVersion(ports.ledger, model, version),
    loadVersion: ({ version, fence, ...e }) => withHeartbeat(() => targetOf(e).load(nameOf(e), { fence, version })),
    pushRoutes: (command) => withHeartbeat(() => pushRoutes(targetOf(command), command)),
    endpointStatus: (e) => targetOf(e).status(nameOf(e)),
    observeEndpoint: (e) => observeEndpoint(ports, nameOf(e)),
    watchCanary: ({ version, policy, ...e }) =>
      withHeartbeat(({ signal }) => watchCanary(targetOf(e), e, { version, policy, signal })),
    rollbackEndpoint: ({ by, reason, requestId, ...e }) => targetOf(e).rollback(nameOf(e), { by, reason, requestId }),
  };
}

const nameOf = ({ model, environment }: EndpointName): EndpointName => ({ model, environment });

async function findVersion(ledger: Ledger, model: string, version: number | undefined): Promise<FoundVersion> {
  const found = await ledger.modelVersion(model, version);
  if (found) {
    const { modelDigest, packageDigest } = found;
    const run = await ledger.run(found.runId);
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

async function observeEndpoint({ ledger, target }: DeployPorts, endpoint: EndpointName) {
  const { model, environment } = endpoint;
  const { fence, routes } = await target(environment).status(endpoint);
  const asked = ledger.lastGeneration(model, environment);
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
  const needed = [routes.current, routes.canary].filter((v) => v !== null);
  for (const { version, modelDigest, packageDigest } of needed.filter((v) => !before.loaded.includes(v.version))) {
    await target.load(nameOf(endpoint), {
      fence: { ...fence, step: Math.max(0, fence.step - 1) },
      version: { version, modelDigest, packageDigest },
    });
  }
  return target.setRoutes(nameOf(endpoint), { fence, routes, reason, isRollback });
}

const pollMs = 500;

/** Watches the canary's answers until it has shown enough, failed, or starved. */
async function watchCanary(
  target: Target,
  endpoint: EndpointName,
  watch: { version: number; policy: CanaryPolicy; signal: AbortSignal },
): Promise<CanaryVerdict> {
  const began = Date.now();
  for (;;) {
    watch.signal.throwIfAborted();
    const status = await target.status(nameOf(endpoint));
    const traffic = status.traffic.find((t) => t.version === watch.version);
    const verdict = judgeCanary(watch.policy, traffic, Date.now() - began);
    if (verdict) return verdict;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Null while it is too early to say. */
export function judgeCanary(
  policy: CanaryPolicy,
  traffic: VersionTraffic | undefined,
  elapsedMs: number,
): CanaryVerdict | null {
  const requests = traffic?.requests ?? 0;
  const errorShare = requests === 0 ? 0 : (traffic?.errors ?? 0) / requests;
  const shares =
    requests === 0
      ? 'nobody asked while it was watched'
      : `${(errorShare * 100).toFixed(2)} % of ${requests} canary answers failed`;
  const enough = requests >= policy.minRequests;
  if (errorShare > policy.maxErrorShare && (enough || requests >= 10))
    return { passed: false, reason: `${shares}, allowed ${policy.maxErrorShare * 100} %`, requests };
  if (enough && elapsedMs >= durationMilliseconds(policy.duration)) return { passed: true, reason: shares, requests };
  if (elapsedMs < durationMilliseconds(policy.timeout)) return null;
  return {
    passed: false,
    reason: `only ${requests} of ${policy.minRequests} canary answers within ${policy.timeout}`,
    requests,
  };
}
