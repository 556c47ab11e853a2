import { LifecycleInput, type RolloutNews, type ServedVersion } from '../../../schemas/index.js';
import { routesPushed } from '../../../workflows/lifecycle/endpoint.js';
import { receive } from '../../../workflows/lifecycle/inbox.js';
import { grantApproved } from '../../../workflows/lifecycle/rollout.js';
import { endpointOf, initialState, type LifecycleState } from '../../../workflows/lifecycle/state.js';

/*
 * The owner's state driven by hand: what its crew does against real servers is done here by the three functions at the
 * end, so that each decision can be looked at alone.
 */
const model = 'flight-delay';
export const begin = Date.parse('2001-03-01T00:00:00Z');
const deployId = `deploy/${model}/production`;
const origin = { workflowId: `lifecycle/${model}` };

export function stateOf(input: object = {}): LifecycleState {
  const st = initialState(LifecycleInput.parse({ model, ...input }));
  st.signaturesRequired = false;
  return st;
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

export function send(st: LifecycleState, name: string, body: unknown, now = begin) {
  return receive(st, { name, body }, { ...origin, now });
}

export function ask(
  st: LifecycleState,
  version: number,
  { runId = `run-${version}`, environment = 'production' } = {},
) {
  const workflowId = `deploy/${model}/${environment}`;
  const asked = {
    workflowId,
    runId,
    environment,
    version: served(version),
    evidence: ['log loss 0.39'],
    evidenceDigest: digestOf(2000 + version),
  };
  return send(st, 'rolloutRequested', asked);
}

export function step(st: LifecycleState, version: number, kind: 'canary' | 'full') {
  const share = kind === 'canary' ? 0.1 : 1;
  const body = { workflowId: deployId, runId: `run-${version}`, environment: 'production', step: kind, share };
  return send(st, 'rolloutStep', body);
}

export const abandon = (st: LifecycleState, version: number, reason = 'a check failed') =>
  send(st, 'rolloutAbandoned', { workflowId: deployId, runId: `run-${version}`, environment: 'production', reason });

export const production = (st: LifecycleState) => endpointOf(st, 'production');
export const serving = (st: LifecycleState) => production(st).routes.current?.version ?? null;

/** The news sent so far; taken out, as if delivered. */
export const takeNews = (st: LifecycleState): RolloutNews[] => st.outgoing.splice(0).map((o) => o.news);

/** Approved, in the ledger and granted: the rollout may move routes. */
export function grant(st: LifecycleState, version: number): void {
  ask(st, version);
  send(st, 'approve', { by: 'ana', version });
  recordAll(st);
}

/** A rollout from the first question to all traffic. */
export function promote(st: LifecycleState, version: number): void {
  grant(st, version);
  step(st, version, 'canary');
  pushAll(st);
  step(st, version, 'full');
  pushAll(st);
  takeNews(st);
  recordAll(st);
}

/** The ledger took every fact. */
export function recordAll(st: LifecycleState): void {
  for (const endpoint of st.endpoints) endpoint.known = true;
  st.outbox = [];
  grantApproved(st);
}

/** The model servers have all routes. */
export function pushAll(st: LifecycleState, now = begin): void {
  for (const endpoint of st.endpoints) routesPushed(st, endpoint, endpoint.fence, origin, now);
}

/** A payload that could not be decoded, as the data converter hands it on. */
export const undecodable = { $undecodable: true, encoding: 'binary/unknown' };

export const sizeOf = (st: LifecycleState) => Buffer.byteLength(JSON.stringify(st));
