import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import {
  EnvironmentName,
  Fence,
  type LoadVersion,
  ModelName,
  RollbackTold,
  Routes,
  ServedVersion,
  SetRoutes,
} from '../../schemas/index.js';

/** The last change of routes. The owner's command is kept, so that the same command again succeeds. */
const RoutesChange = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('owner'), command: SetRoutes }),
  z.strictObject({ by: z.literal('breakGlass'), fence: Fence, told: RollbackTold.optional() }),
]);
export type RoutesChange = z.infer<typeof RoutesChange>;

/** What the supervisor remembers of one endpoint, also across its own death; a change of its form is one of the state file. */
export const EndpointRecord = z.strictObject({
  model: ModelName,
  environment: EnvironmentName,
  fence: Fence.nullable(),
  routes: Routes,
  /** versions to be held in memory, the one loaded last at the end */
  loaded: z.array(ServedVersion),
  lastChange: RoutesChange.nullable(),
  /** request ids of the last rollbacks */
  rollbacks: z.array(z.string()).default([]),
});
export type EndpointRecord = z.infer<typeof EndpointRecord>;

export const endpointKey = (environment: string, model: string) => `${environment}/${model}`;

export function newEndpoint(model: string, environment: string): EndpointRecord {
  const routes = { current: null, candidate: null, previous: null };
  return { model, environment, fence: null, routes, loaded: [], lastChange: null, rollbacks: [] };
}

export function isLoaded(record: EndpointRecord, version: ServedVersion): boolean {
  return record.loaded.some((loaded) => isDeepStrictEqual(loaded, version));
}

export function withRoutes(record: EndpointRecord, command: SetRoutes): EndpointRecord {
  const { fence, routes } = command;
  return { ...record, fence, routes, lastChange: { by: 'owner', command } };
}

export function withLoaded(record: EndpointRecord, command: LoadVersion): EndpointRecord {
  return { ...inMemory(record, command.version), fence: command.fence };
}

export function inMemory(record: EndpointRecord, version: ServedVersion): EndpointRecord {
  return { ...record, loaded: [...record.loaded.filter((loaded) => loaded.version !== version.version), version] };
}

/** Versions worth their memory: what is routed, what was loaded last, and as many recent ones as the limit leaves. */
export function versionsToKeep(record: EndpointRecord, limit = 4): ServedVersion[] {
  const routed = new Set(routedVersions(record.routes).map(({ version }) => version));
  const newestFirst = record.loaded.toReversed();
  const others = newestFirst.filter(({ version }) => !routed.has(version));
  const kept = new Set(others.slice(0, Math.max(1, limit - routed.size)));
  return record.loaded.filter((loaded) => routed.has(loaded.version) || kept.has(loaded));
}

export function routedVersions({ current, candidate, previous }: Routes): ServedVersion[] {
  const bare = candidate && {
    version: candidate.version,
    modelDigest: candidate.modelDigest,
    packageDigest: candidate.packageDigest,
  };
  return [current, bare, previous].filter((version) => version !== null);
}

/** Every package that these endpoints route or hold, some more than once. */
export function packagesOf(records: Iterable<EndpointRecord>) {
  return [...records].flatMap(({ model, environment, routes, loaded }) =>
    [...routedVersions(routes), ...loaded].map((version) => ({ model, environment, version })),
  );
}
