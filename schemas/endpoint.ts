import { z } from 'zod';
import { Digest, EnvironmentName, ModelName, Version } from './primitives.js';

/** What names an endpoint: what serves a model in an environment. */
export interface EndpointName {
  readonly model: string;
  readonly environment: string;
}

/** A model version that a model server holds in memory. */
export const ServedVersion = z.strictObject({ version: Version, modelDigest: Digest, packageDigest: Digest });
export type ServedVersion = z.infer<typeof ServedVersion>;

/** Far below what a number holds exactly: counting on from it is always right. */
export const largestGeneration = 2 ** 40;

/** Orders commands to one endpoint: a server accepts only a larger (generation, step). */
export const Fence = z.strictObject({
  generation: z.number().int().min(1).max(largestGeneration),
  step: z.number().int().min(0).max(1_000_000),
});
export type Fence = z.infer<typeof Fence>;

/** A fence and who took it: the endpoint's owner (also where nothing is said), or a person at the model server itself. */
export interface TakenFence extends Fence {
  readonly by?: 'owner' | 'breakGlass';
}

/**
 * The one order of fences: by generation; within one, break-glass is above every step of the owner, who may have given
 * the same number to something else without knowing of it; then by step.
 */
export function isNewer(a: TakenFence, b: TakenFence): boolean {
  if (a.generation !== b.generation) return a.generation > b.generation;
  if (isBreakGlass(a) !== isBreakGlass(b)) return isBreakGlass(a);
  return a.step > b.step;
}

const isBreakGlass = ({ by }: TakenFence) => by === 'breakGlass';

/** Who should answer: `current` takes all traffic but the candidate's share; `previous` is kept warm for rollback. */
export const Routes = z.strictObject({
  current: ServedVersion.nullable(),
  candidate: z.strictObject({ ...ServedVersion.shape, share: z.number().gt(0).max(1) }).nullable(),
  previous: ServedVersion.nullable(),
});
export type Routes = z.infer<typeof Routes>;

/** `PUT /control/v1/endpoints/<environment>/<model>/routes` */
export const SetRoutes = z.strictObject({
  fence: Fence,
  routes: Routes,
  reason: z.string().max(500),
  /** these routes return to an earlier version: break-glass rollback then has nothing left to leave */
  isRollback: z.boolean().optional(),
});
export type SetRoutes = z.infer<typeof SetRoutes>;

/** `POST /control/v1/endpoints/<environment>/<model>/load`: fetch, verify, admit, warm up; no traffic yet. */
export const LoadVersion = z.strictObject({ fence: Fence, version: ServedVersion });
export type LoadVersion = z.infer<typeof LoadVersion>;

/** `POST /control/v1/endpoints/<environment>/<model>/rollback`: break-glass, it needs no owner. */
export const RollbackEndpoint = z.strictObject({
  by: z.string(),
  reason: z.string(),
  toVersion: Version.optional(),
  /** the same id again, however late, is one rollback */
  requestId: z.string().max(200).optional(),
});
export type RollbackEndpoint = z.infer<typeof RollbackEndpoint>;

/** Who rolled back at the model server itself, and why. */
export const RollbackTold = z.strictObject({ by: z.string(), reason: z.string() });
export type RollbackTold = z.infer<typeof RollbackTold>;

/**
 * Counters for the candidate's analysis, of requests that the split drew: those that name a version, and an id that comes
 * again, say nothing. They begin when a version begins to take traffic, the current one's anew with each candidate's.
 */
export const VersionTraffic = z.strictObject({
  version: Version,
  /** answered, or failed by the version's doing */
  requests: z.number().int(),
  /** of these: failed answers, and processes that the version took down */
  errors: z.number().int(),
  /** requests whose input it refused (4xx); not among `requests` */
  refused: z.number().int(),
  /** requests given up because the server was busy (503, 504): nobody's fault, and not among `requests` */
  unanswered: z.number().int(),
  p50Milliseconds: z.number().nullable(),
  p99Milliseconds: z.number().nullable(),
  /** what its p99 is at least, in 99 of 100 cases: few answers can be slow by chance */
  p99AtLeastMilliseconds: z.number().nullable(),
});
export type VersionTraffic = z.infer<typeof VersionTraffic>;

/** `GET /control/v1/endpoints/<environment>/<model>` */
export const EndpointStatus = z.strictObject({
  model: ModelName,
  environment: EnvironmentName,
  fence: Fence.nullable(),
  routes: Routes,
  /** versions that every serving process has in memory, now */
  loaded: z.array(Version),
  traffic: z.array(VersionTraffic),
  /** whether the last change of routes was a rollback, the owner's or break-glass; null before the first */
  lastChange: z.enum(['rollback', 'change']).nullable(),
  /** of the last change, where it was a break-glass rollback */
  rolledBack: RollbackTold.nullable(),
  /** request ids of the last break-glass rollbacks, the newest last */
  rollbacks: z.array(z.string()),
});
export type EndpointStatus = z.infer<typeof EndpointStatus>;
