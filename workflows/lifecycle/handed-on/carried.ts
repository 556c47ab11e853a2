import type { CheckedLifecycleInput } from '../../../schemas/index.js';
import { emptyState, endpointOf, type LifecycleState, limits, note, shorten } from '../state.js';
import { measureNow } from './bytes.js';

/*
 * The state as one run of a lifecycle hands it to the next. The specification is no part of it: it is the input of the
 * next run, so that the Temporal UI shows what is in force.
 */

/** Grows with each change of the state's shape, together with a row of `upgrades`. */
const stateVersion = 1;

export interface Carried extends Omit<LifecycleState, 'spec'> {
  readonly stateVersion: number;
}

/** What the next run takes up. It always fits into a payload together with the specification. */
export function carry(state: LifecycleState, now: number): Carried {
  fit(state, now);
  return carriedOf(state);
}

function carriedOf({ spec: _input, running, ...state }: LifecycleState): Carried {
  // What surely runs is joined by its run; only a start that was never confirmed is done again, with its input.
  const known = running === null || running.runId === null ? running : { ...running, input: {} };
  return { ...state, running: known, stateVersion };
}

const sizeOf = (state: LifecycleState) => measureNow(carriedOf(state)) + measureNow(state.spec);

/** What may be dropped, the least needed first. */
const droppable: readonly ((state: LifecycleState) => unknown[])[] = [
  (state) => state.history,
  (state) => state.refused,
  (state) => state.notActedOn,
  (state) => state.seen.outcomes,
  (state) => state.seen.others,
];

function fit(state: LifecycleState, now: number): void {
  const isOver = () => sizeOf(state) > limits.handedOnBytes;
  if (!isOver()) return;
  for (const listOf of droppable) {
    state.dropped = { ...state.dropped, records: state.dropped.records + listOf(state).splice(0).length };
    if (!isOver()) return;
  }
  dropOutcomes(state, isOver);
  if (isOver()) shortenReasons(state);
  note(
    state,
    now,
    `the state was too large to be handed on; ${state.dropped.outcomes} batches of outcomes were dropped so far`,
  );
}

/** The newest go first: the oldest may be on its way into the ledger. */
function dropOutcomes(state: LifecycleState, isOver: () => boolean): void {
  while (isOver() && state.outcomes.length > 0) {
    state.outcomes.pop();
    state.dropped = { ...state.dropped, outcomes: state.dropped.outcomes + 1 };
  }
}

const shortReason = 60;

/** At last: what was said beside a change of routes. Who changed what, and when, stays. */
function shortenReasons(state: LifecycleState): void {
  for (const endpoint of state.endpoints) {
    if (endpoint.change === null) continue;
    endpoint.change = { ...endpoint.change, reason: shorten(endpoint.change.reason, shortReason) };
  }
  state.factsToRecord = state.factsToRecord.map((fact) =>
    fact.kind === 'endpointChange'
      ? { ...fact, body: { ...fact.body, reason: shorten(fact.body.reason, shortReason) } }
      : fact,
  );
  state.told = state.told.map((one) =>
    'reason' in one.event ? { ...one, event: { ...one.event, reason: shorten(one.event.reason, shortReason) } } : one,
  );
}

type Older = Record<string, unknown>;

/**
 * `upgrades[n]` makes of a state of version n + 1 one of version n + 2, at every depth. A state of each version is kept in
 * `test/fixtures`, and must come out in today's shape.
 */
const upgrades: readonly ((state: Older) => Older)[] = [];

/** The state of the run before, in today's shape. Newer code than this wrote it: this worker is not the one to go on. */
export function takeUp(spec: CheckedLifecycleInput, carried: unknown): LifecycleState {
  const given = carried as Older;
  if (typeof carried !== 'object' || carried === null || '$undecodable' in carried)
    throw new Error('The state of the run before cannot be read: give this worker the codec that wrote it.');
  const version = Number(given['stateVersion']);
  if (!(version >= 1)) throw new Error('The state of the run before says no version: no lifecycle wrote it.');
  if (version > stateVersion) {
    const message = `This worker knows states up to version ${stateVersion}, and the lifecycle is at ${version}: go back to the newer code.`;
    throw new Error(message); // fails the task, which a newer worker then does; the lifecycle stays
  }
  const { stateVersion: _version, ...upgraded } = upgrades.slice(version - 1).reduce((state, up) => up(state), given);
  const state: LifecycleState = { ...emptyState(spec), ...(upgraded as Partial<LifecycleState>), spec };
  for (const { name } of spec.environments) endpointOf(state, name);
  return state;
}
