import type { MessageName } from '../message-limits.js';
import type { Refusal } from '../replies.js';
import { type LifecycleState, limits, type OwnedEndpoint } from '../state.js';
import { bytesOf, bytesOfAll, measureNow } from './bytes.js';

/*
 * Bytes, counted at every message: what must be carried from run to run, whatever alphabet it is written in. What may be
 * dropped (history, refused messages, remembered ids) is bounded by itself and does not count.
 */

/** About the bytes of what must be handed on. */
export function loadOf(state: LifecycleState): number {
  const { spec, running, outputs, retrain, retired, problems } = state;
  const lists = [state.gates, state.factsToRecord, state.outcomes, state.told];
  const values = [spec, outputs, retrain, retired].filter((value) => value !== null);
  return (
    lists.reduce((sum, list) => sum + bytesOfAll(list), 0) +
    bytesOfAll(values) +
    state.endpoints.reduce((sum, endpoint) => sum + bytesOfEndpoint(endpoint), 0) +
    bytesOfRunning(running) +
    measureNow([
      problems,
      state.pipelineProblem,
      state.fleetRecorded,
      state.schedules,
      state.wakes,
      state.looks,
      state.moved,
      state.judged,
    ])
  );
}

/** Its names, fences and flags. */
const endpointFrame = 400;

function bytesOfEndpoint({ routes, change, rollout, lastRolledOut, promoted }: OwnedEndpoint): number {
  const values = [routes, change, rollout, lastRolledOut, ...promoted];
  return endpointFrame + bytesOfAll(values.filter((value) => value !== null));
}

const bytesOfRunning = (running: LifecycleState['running']) =>
  running === null ? 0 : endpointFrame + bytesOf(running.input);

/** What stops or returns something is taken however full the state is: it makes it smaller, or changes it in place. */
const cannotWait: readonly MessageName[] = ['rollback', 'pause', 'retire'];

/** Why a message has to wait until more is recorded, sent and pushed; null where it need not. */
export function whyNoRoom(state: LifecycleState, name: MessageName, sizeBytes: number): Refusal | null {
  if (cannotWait.includes(name)) return null;
  if (loadOf(state) + growthBy(name, sizeBytes) <= limits.loadBytes) return null;
  const message =
    'too much waits to be recorded, sent or pushed; send it again later. A rollback is taken all the same';
  return { code: 'TOO_MUCH_WAITS', message };
}

/** By how much a message can make the state grow: an answer stands in its gate, in its fact and in its decision. */
function growthBy(name: MessageName, sizeBytes: number): number {
  if (name === 'recordOutcomes') return sizeBytes + 1024;
  if (name === 'configure') return sizeBytes + limits.specificationBytes;
  return 3 * sizeBytes + 4 * 1024;
}

/** Whether a gate may be opened for what a rollout asks: it stands in the gate, and in part beside its endpoint. */
export const hasRoomFor = (state: LifecycleState, ask: object) => loadOf(state) + 3 * bytesOf(ask) <= limits.loadBytes;

/** Too full for more than the newest change of each endpoint. */
export const isFull = (state: LifecycleState) => loadOf(state) > limits.loadBytes;
