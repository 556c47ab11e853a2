import type {
  AnalysisPolicy,
  CollectInput,
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
  LabelInput,
  LabelResult,
  MonitorInput,
  MonitorResult,
  Objective,
  PackageInput,
  PackageResult,
  RecordOutcomes,
  RolloutEvent,
  Routes,
  ServedVersion,
  SetRoutes,
  StepAsk,
  ToldFleetRow,
  TrainInput,
  TrainResult,
  TrialResult,
  TrialSpec,
} from '../schemas/index.js';
import type { TrainerSpace } from '../statistics/search/search.js';
import type { CandidateVerdict } from '../statistics/verdicts/candidate.js';
import type { WatchedWorkflow, WorkSeen } from './owner/pending-work.js';
import type { OwnerUpdate } from './owner/update.js';
import type { PromotedVersion } from './stores/registry.js';
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

export type LookedAt =
  | { readonly kind: 'gone' }
  | { readonly kind: 'there' }
  | {
      readonly kind: 'asks';
      readonly ask:
        | ({ readonly kind: 'gate' } & GateAsk)
        | ({ readonly kind: 'step' } & StepAsk)
        | ({ readonly kind: 'giveUp' } & GiveUp);
    };

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

export interface Joined {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly input: unknown;
  /** the run that the caller itself began; without it, whatever runs under the id now, if its input is the same */
  readonly runId?: string;
}

/**
 * Every side effect a workflow may ask for, one argument each. All are idempotent by business identity: the same call
 * again, on another worker, after a crash at any moment, gives the same effect once.
 */
export interface Activities {
  collectDataset(input: CollectInput): Promise<CollectResult>;
  labelDataset(input: LabelInput): Promise<LabelResult>;
  /** Prepares the matrix and tells each trainer's space. */
  planTraining(input: TrainInput): Promise<TrainingPlan>;
  runTrial(input: RunTrial): Promise<TrialResult>;
  chooseBestRun(input: {
    train: TrainInput;
    plan: Omit<TrainingPlan, 'spaces'>;
    results: TrialResult[];
  }): Promise<TrainResult>;
  packageRun(input: PackageInput): Promise<PackageResult>;

  /** The model version that a deployment names, or VERSION_NOT_FOUND. */
  findVersion(input: { model: string; version?: number }): Promise<FoundVersion>;
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
  lookAtRollout(input: { model: string; workflowId: string; known: string | null }): Promise<LookedAt>;
  /** Lets a rollout know that its owner told it something; one that is gone hears nothing. */
  wakeRollout(input: { workflowId: string }): Promise<void>;
  /** What the model's owner told a run; null where the owner does not know it, or there is none. */
  hearOwner(input: { model: string; workflowId: string; runId: string }): Promise<RolloutEvent[] | null>;
  watchCandidate(input: EndpointName & { version: number; policy: AnalysisPolicy }): Promise<CandidateVerdict>;
  /** The same `requestId` again, however late, is one rollback. */
  rollbackEndpoint(input: EndpointName & { by: string; reason: string; requestId: string }): Promise<EndpointStatus>;

  /** The window asked for, or the next complete data day; null when none is left. Chosen apart, so that a retry of monitorWindow looks at the same. */
  chooseMonitorWindow(input: MonitorInput): Promise<{ from: string; to: string } | null>;
  monitorWindow(input: MonitorInput): Promise<MonitorResult>;
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
  recordOutcomes(input: RecordOutcomes): Promise<{ recorded: number }>;
  /** Where the lifecycle stands, for who looks at all of them: its row is replaced, unless a newer one is there. */
  recordFleet(input: ToldFleetRow): Promise<void>;
  /** What this worker demands of approvals. */
  approvalPolicy(): Promise<{ signaturesRequired: boolean }>;

  /** Signals the model's owner, and starts it first when it is not there. */
  askOwner(input: { model: string; environment: string; signal: string; body: unknown }): Promise<void>;
  /** The version that should serve, as the owner has it; without an owner, what answers. Null where nothing serves. */
  championOf(input: EndpointName): Promise<number | null>;
  /** Sends the model's owner an update and hands back its answer; what the owner refuses is refused. */
  updateOwner(
    input: EndpointName & { update: OwnerUpdate['name']; body: unknown; updateId: string },
  ): Promise<CommandReply>;
  /** Waits for a workflow that runs already, if its input is the same; ALREADY_RUNNING otherwise. */
  joinWorkflow(input: Joined): Promise<unknown>;
  upsertSchedule(input: ScheduleSpec): Promise<void>;
  deleteSchedules(input: { scheduleIds: string[] }): Promise<void>;
  /** What the activities of these workflows, and of their children, wait for. */
  lookAtWork(input: { workflows: WatchedWorkflow[] }): Promise<WorkSeen>;
}
