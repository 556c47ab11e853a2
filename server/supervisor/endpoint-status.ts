import type { EndpointStatus } from '../../schemas/index.js';
import { newTraffic, type Traffic, versionTraffic } from '../processes/traffic.js';
import { type EndpointRecord, newEndpoint, packagesOf } from './endpoint-record.js';
import type { EndpointSlots } from './endpoint-slots.js';
import { lastChangeOf, toldOf } from './record-rollback.js';

export interface StatusSources {
  readonly slots: EndpointSlots;
  readonly traffic: ReadonlyMap<number, Traffic>;
  /** whether every process that answers has the slot in memory */
  readonly holds: (slot: number) => boolean;
}

/** What an endpoint does, not what it was told: a version counts as loaded where it would answer. */
export function endpointStatus(record: EndpointRecord, { slots, traffic, holds }: StatusSources): EndpointStatus {
  const { model, environment, fence, routes, rollbacks } = record;
  const known = [...new Set(packagesOf([record]).map(({ version }) => version.version))];
  const slotOf = (version: number) => slots.find(record, version)?.slot ?? 0;
  return {
    model,
    environment,
    fence,
    routes,
    loaded: known
      .map((version) => [version, slotOf(version)] as const)
      .flatMap(([version, slot]) => (holds(slot) && !slots.isOpen(slot) ? [version] : [])),
    traffic: known.map((version) => versionTraffic(version, traffic.get(slotOf(version)) ?? newTraffic())),
    lastChange: lastChangeOf(record),
    rolledBack: toldOf(record),
    rollbacks,
  };
}

export function emptyStatus(model: string, environment: string): EndpointStatus {
  const { fence, routes, rollbacks } = newEndpoint(model, environment);
  return { model, environment, fence, routes, loaded: [], traffic: [], lastChange: null, rolledBack: null, rollbacks };
}
