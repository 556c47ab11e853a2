import {
  type CommandReply,
  type Fence,
  GatePolicy,
  LifecycleInput,
  type RolloutEvent,
  type Routes,
  type ServedVersion,
  type StepAsk,
} from '../../../schemas/index.js';
import { routesPushed } from '../../../workflows/lifecycle/endpoint.js';
import { carry } from '../../../workflows/lifecycle/handed-on/carried.js';
import { receive } from '../../../workflows/lifecycle/inbox.js';
import { takeLook } from '../../../workflows/lifecycle/rollout-looks.js';
import { grantApproved } from '../../../workflows/lifecycle/rollout-steps.js';
import { learn } from '../../../workflows/lifecycle/server-state.js';
import { endpointOf, initialState, type LifecycleState } from '../../../workflows/lifecycle/state.js';

/*
 * The owner's state driven by hand: what its reconcile loops do against real servers is done here by the three functions at the
 * end, so that each decision can be looked at alone.
 */
const model = 'flight-delay';
export const begin = Date.parse('2001-03-01T00:00:00Z');
const deployId = `deploy/${model}/production`;
/** of every grant here */
export const nonce = 'nonce-1';
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

/** A refusal, its code first. */
export const refusalOf = ({ code, message }: CommandReply) => `${code}: ${message}`;

interface Asking {
  readonly workflowId?: string;
  readonly runId?: string;
  readonly environment?: string;
  readonly steps?: number;
  readonly policy?: object;
}

export function ask(
  state: LifecycleState,
  version: number,
  { runId = `run-${version}`, environment = 'production', steps = 3, policy, ...by }: Asking = {},
): void {
  const workflowId = by.workflowId ?? `deploy/${model}/${environment}`;
  const asked = {
    kind: 'gate' as const,
    workflowId,
    runId,
    environment,
    version: served(version),
    steps,
    evidence: ['log loss 0.39'],
    evidenceDigest: digestOf(2000 + version),
    ...(policy ? { policy: GatePolicy.parse(policy) } : {}),
  };
  takeLook(state, { workflowId, found: { kind: 'asks', ask: asked } }, begin);
}

/** A rollout here has a share, whatever is looked at, and its promotion. */
export function step(state: LifecycleState, version: number, kind: 'share' | 'promote') {
  const wanted = kind === 'share' ? { step: 0, wants: { kind, share: 0.1 } } : { step: 2, wants: { kind } };
  return askStep(state, version, wanted);
}

/** The workflow of a rollout does not run any more. */
export const gone = (state: LifecycleState, workflowId: string): void =>
  takeLook(state, { workflowId, found: { kind: 'gone' } }, begin);

export function askStep(
  state: LifecycleState,
  version: number,
  wanted: Pick<StepAsk, 'step' | 'wants'> & { nonce?: string },
): void {
  const asker = { workflowId: deployId, runId: `run-${version}`, environment: 'production', nonce };
  takeLook(state, { workflowId: deployId, found: { kind: 'asks', ask: { kind: 'step', ...asker, ...wanted } } }, begin);
}

export function abandon(
  state: LifecycleState,
  version: number,
  reason = 'a check failed',
  unlessApproved?: boolean,
): void {
  const asker = { workflowId: deployId, runId: `run-${version}`, environment: 'production' };
  const ask = { kind: 'giveUp' as const, ...asker, reason, ...(unlessApproved ? { unlessApproved } : {}) };
  takeLook(state, { workflowId: deployId, found: { kind: 'asks', ask } }, begin);
}

export const production = (state: LifecycleState) => endpointOf(state, 'production');
export const serving = (state: LifecycleState) => production(state).routes.current?.version ?? null;

/** What rollouts were told so far; taken out, as if heard. */
export function takeEvents(state: LifecycleState): RolloutEvent[] {
  state.wakes = [];
  return state.told.splice(0).map(({ event }) => event);
}

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
  for (const endpoint of state.endpoints) grantApproved(state, endpoint, { nonce, now: begin });
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

export interface AtServer {
  readonly fence: Fence | null;
  readonly routes: Routes;
  readonly by?: string;
  readonly reason?: string;
  readonly change?: 'change' | 'rollback';
  readonly promoted?: readonly ServedVersion[] | null;
}

/** The owner looks at its server, which moved by break-glass where nothing else is said. */
export function seen(
  state: LifecycleState,
  { by = 'ana', reason = 'door', change = 'rollback', ...at }: AtServer,
): void {
  const { fence, routes, promoted = [] } = at;
  const lastChange = { kind: change, by, reason };
  learn(state, production(state), {
    seen: { fence, routes, lastChange, promoted },
    ctx: { ...origin, now: begin },
  });
}
