import { LifecycleInput, type RolloutEvent, type RolloutStep, type ServedVersion } from '../../../schemas/index.js';
import { routesPushed } from '../../../workflows/lifecycle/endpoint.js';
import { carry } from '../../../workflows/lifecycle/handed-on/carried.js';
import { receive } from '../../../workflows/lifecycle/inbox.js';
import { grantApproved } from '../../../workflows/lifecycle/rollout-steps.js';
import { endpointOf, initialState, type LifecycleState } from '../../../workflows/lifecycle/state.js';

/*
 * The owner's state driven by hand: what its reconcile loops do against real servers is done here by the three functions at the
 * end, so that each decision can be looked at alone.
 */
const model = 'flight-delay';
export const begin = Date.parse('2001-03-01T00:00:00Z');
const deployId = `deploy/${model}/production`;
const origin = { workflowId: `lifecycle/${model}` };

export function stateOf(input: object = {}): LifecycleState {
  const state = initialState(LifecycleInput.parse({ model, ...input }), 'first-life');
  state.signaturesRequired = false;
  return state;
}

export const recipe = {
  collect: { dataset: 'flights', sources: [{ name: 'flights', path: 'data/flights.parquet' }] },
  label: { rule: 'delay > 15', knownAt: 'departure' },
  train: {},
};

export const digestOf = (n: number) => n.toString(16).padStart(64, '0');

export const served = (version: number): ServedVersion => ({
  version,
  modelDigest: digestOf(version),
  packageDigest: digestOf(1000 + version),
});

export function send(state: LifecycleState, name: string, body: unknown, now = begin) {
  return receive(state, { name, body }, { ...origin, now });
}

interface Asking {
  readonly runId?: string;
  readonly environment?: string;
  readonly steps?: number;
  readonly policy?: object;
}

export function ask(
  state: LifecycleState,
  version: number,
  { runId = `run-${version}`, environment = 'production', steps = 3, ...more }: Asking = {},
) {
  const workflowId = `deploy/${model}/${environment}`;
  const asked = {
    workflowId,
    runId,
    environment,
    version: served(version),
    steps,
    evidence: ['log loss 0.39'],
    evidenceDigest: digestOf(2000 + version),
    ...more,
  };
  return send(state, 'rolloutRequested', asked);
}

/** A rollout here has a share, whatever is looked at, and its promotion. */
export function step(state: LifecycleState, version: number, kind: 'share' | 'promote') {
  const wanted = kind === 'share' ? { step: 0, wants: { kind, share: 0.1 } } : { step: 2, wants: { kind } };
  return askStep(state, version, wanted);
}

export const askStep = (state: LifecycleState, version: number, wanted: Pick<RolloutStep, 'step' | 'wants'>) =>
  send(state, 'rolloutStep', { workflowId: deployId, runId: `run-${version}`, environment: 'production', ...wanted });

export const abandon = (state: LifecycleState, version: number, reason = 'a check failed') =>
  send(state, 'rolloutAbandoned', { workflowId: deployId, runId: `run-${version}`, environment: 'production', reason });

export const production = (state: LifecycleState) => endpointOf(state, 'production');
export const serving = (state: LifecycleState) => production(state).routes.current?.version ?? null;

/** The event sent so far; taken out, as if delivered. */
export const takeEvents = (state: LifecycleState): RolloutEvent[] => state.events.splice(0).map((o) => o.event);

/** Approved, in the ledger and granted: the rollout may move routes. */
export function grant(state: LifecycleState, version: number): void {
  ask(state, version);
  send(state, 'approve', { by: 'ana', version });
  recordAll(state);
}

/** A rollout from the first question to all traffic. */
export function promote(state: LifecycleState, version: number): void {
  grant(state, version);
  step(state, version, 'share');
  pushAll(state);
  step(state, version, 'promote');
  pushAll(state);
  takeEvents(state);
  recordAll(state);
}

/** The ledger took every fact. */
export function recordAll(state: LifecycleState): void {
  for (const endpoint of state.endpoints) endpoint.isObserved = true;
  state.factsToRecord = [];
  grantApproved(state, begin);
}

/** The model servers have all routes. */
export function pushAll(state: LifecycleState, now = begin): void {
  for (const endpoint of state.endpoints) routesPushed(state, endpoint, { ...origin, now });
}

/** A payload that could not be decoded, as the data converter hands it on. */
export const undecodable = { $undecodable: true, encoding: 'binary/unknown' };

/** The bytes of what the next run is handed: the specification and the state. */
export const sizeOf = (state: LifecycleState) =>
  Buffer.byteLength(JSON.stringify(state.spec)) + Buffer.byteLength(JSON.stringify(carry(state, begin)));
