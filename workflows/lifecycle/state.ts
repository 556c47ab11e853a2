import type {
  FactInput,
  Fence,
  Gate,
  LifecycleInput,
  RecordOutcomes,
  RefusedMessage,
  RolloutEvent,
  Routes,
  ServedVersion,
} from '../../schemas/index.js';
import type { PipelineOutputs, PipelineStage } from '../pipeline.js';
import type { OwnedRollout } from './rollout.js';

/** Why routes changed; becomes a fact once the servers have them. */
export interface Change {
  readonly change: 'candidate' | 'promoted' | 'rolledBack' | 'aborted' | 'retired';
  readonly version: ServedVersion | null;
  readonly by: string;
  readonly reason: string;
}

/** What should serve one environment. `observed` is what the servers are known to have. */
export interface OwnedEndpoint {
  readonly environment: string;
  /** false until the server was asked what it already has */
  isObserved: boolean;
  desired: Fence;
  observed: Fence;
  routes: Routes;
  change: Change | null;
  rollout: OwnedRollout | null;
  lastRolledOut: ServedVersion | null;
  /** somebody says that its server moved: it is asked */
  mustLook: boolean;
  /** what was promoted here, the newest last: of what a server has besides, its owner believes nothing */
  promoted: ServedVersion[];
}

/** A child under way. */
export interface Running {
  readonly stage: PipelineStage | 'retrain';
  readonly workflowId: string;
  readonly input: object;
  /** null until the stage surely runs */
  runId: string | null;
}

/** What one run of a deployModel was told. */
export interface AddressedEvent {
  readonly runId: string;
  readonly event: RolloutEvent;
}

export interface RetrainUnderWay {
  readonly trigger: string;
  readonly by: string;
  readonly reason: string;
  readonly number: number;
}

/** All of a lifecycle's state: plain JSON, carried whole when it continues as new. */
export interface LifecycleState {
  readonly spec: LifecycleInput;
  /** set from the worker's profile: in production an unsigned answer counts for nothing */
  signaturesRequired: boolean;
  paused: boolean;
  retired: { readonly by: string; readonly reason: string } | null;
  /** the stage that the first model is at; null when it went through all, or there is no recipe */
  pipeline: PipelineStage | null;
  pipelineProblem: string | null;
  outputs: PipelineOutputs;
  running: Running | null;
  retrain: RetrainUnderWay | null;
  retrains: number;
  lastRetrainAt: number | null;
  endpoints: OwnedEndpoint[];
  gates: Gate[];
  factsToRecord: FactInput[];
  outcomes: RecordOutcomes[];
  /** what rollouts were told: they ask for it */
  told: AddressedEvent[];
  /** workflow ids of rollouts that should hear that they were told something */
  wakes: string[];
  /** workflow ids of rollouts that are asked what they want */
  looks: string[];
  /** environments whose server is said to have moved */
  moved: string[];
  schedules: 'none' | 'wanted' | 'set';
  seen: string[];
  /** apart, so that a stream of outcomes does not push out the ids of commands */
  seenOutcomes: string[];
  refused: RefusedMessage[];
  notActedOn: { at: string; by: string; reason: string }[];
  history: { at: string; what: string }[];
  /** what keeps a reconcile loop from its work, by the loop's name */
  problems: { [loop: string]: string };
  /** the row of the fleet that was recorded last, as a text; empty before the first */
  fleetRecorded: string;
  counts: { messages: number; refused: number; duplicates: number };
}

/**
 * What the state may hold, so that no flood makes it too large to continue as new (256 KiB). Beyond `factsToRecord` facts that
 * wait for the ledger, changes of one endpoint are recorded as their newest and answers are refused.
 */
export const limits = {
  seen: 200,
  refused: 20,
  history: 40,
  notActedOn: 20,
  outcomeBatches: 40,
  outcomeBytes: 64 * 1024,
  messageBytes: 16 * 1024,
  endpoints: 10,
  factsToRecord: 40,
  triggersToRecord: 15,
  told: 50,
  looks: 20,
  promoted: 10,
  recordBatch: 20,
  textLength: 300,
} as const;

/** Its own endpoint is there from the start, so that a lifecycle which begins anew asks what the server has. */
export function initialState(spec: LifecycleInput): LifecycleState {
  const state = emptyState(spec);
  for (const { name } of spec.environments) endpointOf(state, name);
  return state;
}

function emptyState(spec: LifecycleInput): LifecycleState {
  return {
    spec,
    signaturesRequired: true,
    paused: false,
    retired: null,
    pipeline: spec.recipe ? 'collect' : null,
    pipelineProblem: null,
    outputs: {},
    running: null,
    retrain: null,
    retrains: 0,
    lastRetrainAt: null,
    endpoints: [],
    gates: [],
    factsToRecord: [],
    outcomes: [],
    told: [],
    wakes: [],
    looks: [],
    moved: [],
    schedules: 'none',
    seen: [],
    seenOutcomes: [],
    refused: [],
    notActedOn: [],
    history: [],
    problems: {},
    fleetRecorded: '',
    counts: { messages: 0, refused: 0, duplicates: 0 },
  };
}

export const noRoutes: Routes = { current: null, candidate: null, previous: null };

export function endpointOf(state: LifecycleState, environment: string): OwnedEndpoint {
  const found = state.endpoints.find((e) => e.environment === environment);
  if (found) return found;
  const fence = { generation: 0, step: 0 };
  const endpoint: OwnedEndpoint = {
    environment,
    isObserved: false,
    desired: fence,
    observed: fence,
    routes: noRoutes,
    change: null,
    rollout: null,
    lastRolledOut: null,
    mustLook: false,
    promoted: [],
  };
  state.endpoints.push(endpoint);
  return endpoint;
}

/** The endpoint, made where there is none yet; null where there are too many. */
export function endpointOrNone(state: LifecycleState, environment: string): OwnedEndpoint | null {
  const isKnown = state.endpoints.some((e) => e.environment === environment);
  return isKnown || state.endpoints.length < limits.endpoints ? endpointOf(state, environment) : null;
}

export const isReconciled = (e: OwnedEndpoint) =>
  e.desired.generation === e.observed.generation && e.desired.step === e.observed.step;

/** Everything the state asks for is done: nothing to record, to send or to push. */
export const isSettled = (state: LifecycleState) =>
  state.factsToRecord.length === 0 &&
  state.outcomes.length === 0 &&
  state.wakes.length === 0 &&
  state.looks.length === 0 &&
  state.endpoints.every(isReconciled);

/** A text cut to a length, never in the middle of a character: half of one could not be recorded. */
export const shorten = (text: string, length: number = limits.textLength) =>
  text.slice(0, length).replace(/[\ud800-\udbff]$/, '');

export const timeText = (now: number) => new Date(now).toISOString();

export function remember<T>(ring: T[], item: T, limit: number): void {
  ring.push(item);
  if (ring.length > limit) ring.splice(0, ring.length - limit);
}

export function note(state: LifecycleState, now: number, what: string): void {
  remember(state.history, { at: timeText(now), what: shorten(what) }, limits.history);
}
