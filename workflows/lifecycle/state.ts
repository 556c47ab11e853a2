import type {
  CheckedLifecycleInput,
  FactInput,
  Fence,
  Gate,
  QueuedOutcomes,
  RefusedMessage,
  RolloutEvent,
  Routes,
  ServedVersion,
} from '../../schemas/index.js';
import type { PipelineOutputs, PipelineStage } from '../pipeline.js';
import { keepWithin } from './handed-on/bytes.js';
import { limits } from './handed-on/limits.js';
import type { OwnedRollout } from './rollout.js';

export { limits };

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
  /** of the newest day that was judged, by the ledger; absent before the first */
  health?: Health;
}

/** How what serves does, as monitoring found it last. */
export interface Health {
  readonly verdict: string;
  /** UTC ISO: the end of the newest day that was judged */
  readonly until: string;
  /** bad days in a row up to it */
  readonly badDays: number;
}

/** With `force`, a server that does not answer is not waited for. */
export interface Retired {
  readonly by: string;
  readonly reason: string;
  readonly force: boolean;
}

/** A child under way. */
export interface Running {
  readonly stage: PipelineStage | 'retrain';
  readonly workflowId: string;
  readonly input: object;
  /** null until the stage surely runs */
  runId: string | null;
  /** another one's work under the same id, which is waited for */
  busy?: { readonly runId: string; readonly since: number } | null;
  /** what it said of itself when it was last looked at */
  says?: string | null;
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

/**
 * Ids of messages that took effect, in lists of their own: a stream of one kind pushes out no id of another. A rollback or
 * an answer that changed nothing is remembered apart from those that did.
 */
export interface Seen {
  decided: string[];
  unchanged: string[];
  outcomes: string[];
  others: string[];
}

/** All of a lifecycle's state: plain JSON, carried whole when it continues as new (see handed-on/carried.ts). */
export interface LifecycleState {
  spec: CheckedLifecycleInput;
  /** tells this life of the model from those before and after it, however many runs it has */
  readonly life: string;
  /**
   * True where an unsigned answer counts for nothing; never false again once it was true. Null until the ledger and a
   * worker were asked what is known of this model.
   */
  signaturesRequired: boolean | null;
  paused: boolean;
  retired: Retired | null;
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
  outcomes: QueuedOutcomes[];
  /** what rollouts were told: they ask for it */
  told: AddressedEvent[];
  /** workflow ids of rollouts that should hear that they were told something */
  wakes: string[];
  /** workflow ids of rollouts that are asked what they want */
  looks: string[];
  /** environments whose server is said to have moved */
  moved: string[];
  /** environments of which a day is said to have been judged */
  judged: string[];
  /** Schedules that were made and may be there; found again by their owner's name, whatever is forgotten here */
  schedules: string[];
  /** when what serves was last compared with what should, in milliseconds since 1970; 0 before the first time */
  comparedAt: number;
  /** the same of the last look at rollouts, and at what the work waits for */
  lookedAt: number;
  workSeenAt: number;
  seen: Seen;
  refused: RefusedMessage[];
  notActedOn: { at: string; by: string; reason: string }[];
  history: { at: string; what: string }[];
  /** what keeps a reconcile loop from its work, by the loop's name */
  problems: { [loop: string]: string };
  /** the row of the fleet that was recorded last, as a text; empty before the first */
  fleetRecorded: string;
  counts: { messages: number; refused: number; duplicates: number };
  /** what was left out so that the state fitted when it was handed on */
  dropped: { records: number; outcomes: number };
}

/** Its own endpoint is there from the start, so that a lifecycle which begins anew asks what the server has. */
export function initialState(spec: CheckedLifecycleInput, life: string): LifecycleState {
  const state: LifecycleState = { ...emptyState(spec), life };
  for (const { name } of spec.environments) endpointOf(state, name);
  return state;
}

export function emptyState(spec: CheckedLifecycleInput): LifecycleState {
  return {
    spec,
    life: '',
    signaturesRequired: null,
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
    judged: [],
    schedules: [],
    comparedAt: 0,
    lookedAt: 0,
    workSeenAt: 0,
    seen: { decided: [], unchanged: [], outcomes: [], others: [] },
    refused: [],
    notActedOn: [],
    history: [],
    problems: {},
    fleetRecorded: '',
    counts: { messages: 0, refused: 0, duplicates: 0 },
    dropped: { records: 0, outcomes: 0 },
  };
}

export const noRoutes: Routes = { current: null, candidate: null, previous: null };

/** As versions go through them; those of environments that the specification does not name come last. */
export function endpointsInOrder({ spec, endpoints }: LifecycleState): OwnedEndpoint[] {
  const names = spec.environments.map(({ name }) => name);
  const place = ({ environment }: OwnedEndpoint) =>
    names.includes(environment) ? names.indexOf(environment) : names.length;
  return endpoints.toSorted((a, b) => place(a) - place(b));
}

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
  keepWithin(state.history, limits.historyBytes);
}
