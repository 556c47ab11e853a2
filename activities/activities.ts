import type {
  CheckedCollectInput,
  CheckedLabelInput,
  CheckedLifecycleInput,
  CheckedMonitorInput,
  CheckedTrainInput,
  CollectResult,
  CommandReply,
  Comparison,
  DatasetReference,
  EndpointName,
  EndpointStatus,
  FactInput,
  Fence,
  GateAsk,
  GiveUp,
  LabelResult,
  MonitorResult,
  Objective,
  PackageInput,
  PackageResult,
  QueuedOutcomes,
  RolloutEvent,
  RolloutWait,
  Routes,
  ServedVersion,
  SetRoutes,
  StepAsk,
  ToldFleetRow,
  TrainResult,
  TrialResult,
  TrialSpec,
  VersionTraffic,
} from '../schemas/index.js';
import type { TrainerSpace } from '../statistics/search/search.js';
import type { Compacted } from './monitor/compact.js';
import type { RunName, SeenRun } from './owner/look-at-run.js';
import type { WatchedWorkflow, WorkSeen } from './owner/pending-work.js';
import type { FoundRun, Wanted } from './owner/running-workflow.js';
import type { OwnerUpdate } from './owner/update.js';
import type { MonitorMark, PromotedVersion, VersionsBefore } from './stores/registry.js';
import type { Preparation } from './train/run-document.js';

export interface TrainingPlan {
  readonly dataset: DatasetReference;
  readonly metaDigest: string;
  readonly objective: Objective;
  /** what decided the matrix, so that a run can draw its rows again */
  readonly preparation: Preparation;
  /** what the search draws its trials from */
  readonly spaces: TrainerSpace[];
}

export interface RunTrial {
  readonly model: string;
  readonly plan: Omit<TrainingPlan, 'spaces'>;
  readonly trial: TrialSpec;
  /** why it is not tried any more: recorded as a failed run, with this reason */
  readonly givenUp?: string;
}

export interface FoundVersion {
  readonly version: ServedVersion;
  /** what its run measured, in words */
  readonly evidence: string[];
}

/** A model server, as an owner sees it. */
export interface SeenServer {
  /** null where neither server nor ledger knows the endpoint */
  readonly fence: Fence | null;
  readonly routes: Routes;
  /** what brought the routes: the owner's own command, or a rollback; null where that is not known */
  readonly lastChange: { readonly kind: 'change' | 'rollback'; readonly by: string; readonly reason: string } | null;
  /** what the ledger says was promoted here; null where it did not answer */
  readonly promoted: readonly PromotedVersion[] | null;
}

export interface LookAtRollout {
  readonly model: string;
  readonly workflowId: string;
  readonly known: string | null;
  /** what should serve each environment, as the owner has it: what a version at its gate is held against */
  readonly serving: { readonly [environment: string]: number };
}

export type LookedAt =
  | { readonly kind: 'gone' }
  /** it goes on; `waits` is its own word for people, null where it tells none */
  | { readonly kind: 'there'; readonly waits: RolloutWait | null }
  | {
      readonly kind: 'asks';
      readonly ask:
        | ({ readonly kind: 'gate' } & GateAsk)
        | ({ readonly kind: 'step' } & StepAsk)
        | ({ readonly kind: 'giveUp' } & GiveUp);
    };

/** What a candidate answered, and the version that serves beside it; null where nothing was counted. */
export interface BesideTraffic {
  readonly candidate: VersionTraffic | null;
  readonly current: VersionTraffic | null;
}

export interface ScheduleSpec {
  readonly scheduleId: string;
  readonly workflowType: string;
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly every: string;
  readonly input: unknown;
  readonly model: string;
  readonly environment: string;
}

export interface WantedSchedules {
  readonly model: string;
  /** the id of the lifecycle, by which they are found again */
  readonly owner: string;
  readonly wanted: readonly ScheduleSpec[];
  /** false where only those that are there are kept as they are wanted */
  readonly mayCreate: boolean;
  /** made before, and perhaps not listed yet */
  readonly known: readonly string[];
}

export interface FoundLife {
  readonly signaturesRequired: boolean;
  /** who retired the model, where it has not begun a new life since */
  readonly retired: { readonly by: string; readonly reason: string } | null;
  /** what became of its first versions; null where it never had an owner */
  readonly before: VersionsBefore | null;
  /** where versions go and who must approve, as it was recorded last; null where that may be any */
  readonly environments: CheckedLifecycleInput['environments'] | null;
}

/**
 * Every side effect a workflow may ask for, one argument each. All are idempotent by business identity: the same call
 * again, on another worker, after a crash at any moment, gives the same effect once.
 */
export interface Activities {
  collectDataset(input: CheckedCollectInput): Promise<CollectResult>;
  labelDataset(input: CheckedLabelInput): Promise<LabelResult>;
  /** Prepares the matrix and tells each trainer's space. */
  planTraining(input: CheckedTrainInput): Promise<TrainingPlan>;
  runTrial(input: RunTrial): Promise<TrialResult>;
  chooseBestRun(input: {
    train: CheckedTrainInput;
    plan: Omit<TrainingPlan, 'spaces'>;
    results: TrialResult[];
  }): Promise<TrainResult>;
  packageRun(input: PackageInput): Promise<PackageResult>;

  /** The model version that is named, or VERSION_NOT_FOUND. For a gate, with what is known of it beside what serves. */
  findVersion(input: { model: string; version?: number; serving?: number | null }): Promise<FoundVersion>;
  /**
   * What serves and what wants to serve answer the same held-out rows; the fact is part of the gate's evidence. The same two
   * are compared once.
   */
  compareAtGate(input: { model: string; version: number; serving: number }): Promise<void>;
  loadVersion(input: EndpointName & { version: ServedVersion; fence: Fence }): Promise<EndpointStatus>;
  pushRoutes(input: EndpointName & SetRoutes): Promise<EndpointStatus>;
  endpointStatus(input: EndpointName): Promise<EndpointStatus>;
  /**
   * What its server has, above the largest generation in the ledger: a server may be new, have lost its disk or come back
   * with an old one; and what the ledger says was promoted there. Where something serves, a ledger that is away is not waited for.
   */
  observeEndpoint(input: EndpointName): Promise<SeenServer>;
  /**
   * Asks a rollout's workflow what it wants: `gone` where it does not run, is no deployModel of this model, or ended. Where
   * the run that is `known` still goes on it is only looked at, and `there`. Version, digests and evidence are the ledger's.
   */
  lookAtRollout(input: LookAtRollout): Promise<LookedAt>;
  /** Lets a rollout know that its owner told it something; one that is gone hears nothing. */
  wakeRollout(input: { workflowId: string }): Promise<void>;
  /** What the model's owner told a run; null where the owner does not know it, or there is none. */
  hearOwner(input: { model: string; workflowId: string; runId: string }): Promise<RolloutEvent[] | null>;
  /** What the candidate has answered so far, as its server counts; null where it counts nothing yet. */
  candidateTraffic(input: EndpointName & { version: number }): Promise<BesideTraffic>;
  /** The same `requestId` again, however late, is one rollback. */
  rollbackEndpoint(
    input: EndpointName & { by: string; reason: string; toVersion?: number | undefined; requestId: string },
  ): Promise<EndpointStatus>;

  /** The window asked for, or the data days that are due; none when nothing is. Chosen apart, so that a retry of monitorWindow looks at the same. */
  chooseMonitorWindows(input: CheckedMonitorInput): Promise<{ from: string; to: string }[]>;
  monitorWindow(input: CheckedMonitorInput): Promise<MonitorResult>;
  /** What the ledger says of the newest day that was judged. */
  monitorMark(input: EndpointName): Promise<MonitorMark>;
  /** Days that were looked at and lie in many small segments become a part a day; ten parts a call. */
  compactPredictions(input: EndpointName): Promise<Compacted>;
  compareChallenger(input: {
    model: string;
    champion: number | null;
    challenger: number;
    dataset: DatasetReference;
    compareFrom: string | null;
    minImprovement: number;
    objective?: Objective;
  }): Promise<Comparison>;

  recordFacts(input: { facts: FactInput[] }): Promise<{ recorded: number }>;
  /**
   * Outcomes that a model's owner took at `at`; those that name no model are of this one. Left out are those that can never
   * count: several predictions fit, or their time is retired.
   */
  recordOutcomes(input: QueuedOutcomes): Promise<{ recorded: number; leftOut: number }>;
  /** Where the lifecycle stands, for who looks at all of them: its row is replaced, unless a newer one is there. */
  recordFleet(input: ToldFleetRow): Promise<void>;
  /** What the ledger knows of a model's life, for an owner that begins; and whether it, or this worker, demands signatures. */
  findLife(input: { model: string }): Promise<FoundLife>;

  /**
   * Signals the model's owner. Where it is not there it is started first, with the specification that was recorded last; a
   * model that was retired is not brought back (MODEL_RETIRED).
   */
  askOwner(input: { model: string; environment: string; signal: string; body: unknown }): Promise<void>;
  /** The version that should serve, as the owner has it; without an owner, what answers. Null where nothing serves. */
  championOf(input: EndpointName): Promise<number | null>;
  /** Sends the model's owner an update and hands back its answer; what the owner refuses is refused. */
  updateOwner(
    input: EndpointName & { update: OwnerUpdate['name']; body: unknown; updateId: string },
  ): Promise<CommandReply>;
  /** What runs under a workflow's id now, if anything, and whether it does what is wanted. */
  findRun(input: Wanted): Promise<FoundRun>;
  /** One look at a run, by the first of its chain: its result once it has ended. Waits for nothing. */
  lookAtRun(input: RunName): Promise<SeenRun>;
  /** Starts the model's owner again, with its recorded specification, where it ended without being retired. */
  ensureOwner(input: { model: string }): Promise<void>;
  /** The owner's Schedules as they are wanted; what a person paused stays paused. The ids that are there afterwards. */
  reconcileSchedules(input: WantedSchedules): Promise<string[]>;
  /** What the activities of these workflows, and of their children, wait for. */
  lookAtWork(input: { workflows: WatchedWorkflow[] }): Promise<WorkSeen>;
}
