import {
  type EndpointStatus,
  failure,
  largestGeneration,
  type RollbackEndpoint,
  type Routes,
} from '../../schemas/index.js';
import { type EndpointRecord, endpointKey, type RoutesChange } from './endpoint-record.js';

const rollbacksKept = 20;

/**
 * A break-glass rollback takes a generation that the owner, who has not heard of it yet, cannot reach: else what the owner
 * meanwhile grants, and gives back under the generation after, would undo the rollback. It takes one generation for each
 * and hears of the rollback by its first push, which is refused; a hundred is fifty rollouts between two pushes.
 */
const generationsAheadOfOwner = 100;

/**
 * The endpoint after a rollback, or null where there is nothing to do: without `toVersion` it leaves the version last
 * rolled out, a candidate first; where the last change was itself a rollback nothing is left to leave. What was left is
 * not kept as `previous`: a second rollback must never bring it back.
 */
export function rolledBack(record: EndpointRecord, command: RollbackEndpoint): EndpointRecord | null {
  const { routes } = record;
  if (command.requestId !== undefined && record.rollbacks.includes(command.requestId)) return null;
  if (command.toVersion === undefined) {
    if (wasRollback(record.lastChange)) return null;
    if (routes.candidate !== null) return afterRollback(record, { ...routes, candidate: null }, command);
  }
  const target = rollbackTarget(record, command);
  if (target.version === routes.current?.version && routes.candidate === null) return null;
  return afterRollback(record, { current: target, candidate: null, previous: null }, command);
}

/** A broken version leaves memory and, where there is another one to return to, the routes. */
export function withoutBroken(record: EndpointRecord, version: number, reason: string): EndpointRecord {
  const loaded = record.loaded.filter((other) => other.version !== version);
  const { current, candidate, previous } = record.routes;
  const command = { by: 'model-server', reason };
  if (candidate?.version === version)
    return { ...(rolledBack({ ...record, lastChange: null }, command) ?? record), loaded };
  const canReturn = previous !== null && loaded.some((other) => other.version === previous.version);
  if (current?.version !== version || !canReturn) return { ...record, loaded };
  return { ...(rolledBack(record, { ...command, toVersion: previous.version }) ?? record), loaded };
}

/** What a new owner must know of the last change: after a rollback nothing is left to roll back. */
export function lastChangeOf({ lastChange }: EndpointRecord): EndpointStatus['lastChange'] {
  if (lastChange === null) return null;
  return wasRollback(lastChange) ? 'rollback' : 'change';
}

/** Who brought the last change by break-glass; null where it was another, or nobody said. */
export const toldOf = ({ lastChange }: EndpointRecord): EndpointStatus['rolledBack'] =>
  lastChange?.by === 'breakGlass' ? (lastChange.told ?? null) : null;

function rollbackTarget(record: EndpointRecord, { toVersion }: RollbackEndpoint) {
  const wanted = toVersion ?? record.routes.previous?.version;
  const target = record.loaded.find((loaded) => loaded.version === wanted);
  if (target !== undefined) return target;
  const what = toVersion === undefined ? 'no earlier version' : `no version ${toVersion}`;
  const where = endpointKey(record.environment, record.model);
  throw failure('NOTHING_TO_ROLL_BACK', `${where} has ${what} in memory to return to.`, {
    loaded: record.loaded.map((loaded) => loaded.version),
  });
}

function wasRollback(change: RoutesChange | null): boolean {
  return change !== null && (change.by === 'breakGlass' || change.command.isRollback === true);
}

/** At the largest generation it shares the number with the owner, and is above it all the same. */
function afterRollback(record: EndpointRecord, routes: Routes, command: RollbackEndpoint): EndpointRecord {
  const { by, reason, requestId } = command;
  const ahead = (record.fence?.generation ?? 0) + generationsAheadOfOwner;
  const fence = { generation: Math.min(ahead, largestGeneration), step: 0 };
  const rollbacks = requestId === undefined ? record.rollbacks : [...record.rollbacks, requestId].slice(-rollbacksKept);
  return { ...record, fence, routes, lastChange: { by: 'breakGlass', fence, told: { by, reason } }, rollbacks };
}
