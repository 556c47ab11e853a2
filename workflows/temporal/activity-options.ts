import { ActivityCancellationType, type ActivityOptions, scheduleActivity } from '@temporalio/workflow';
import type { Activities } from '../../activities/activities.js';
import { durationMilliseconds } from '../../schemas/duration.js';
import type { TaskQueue } from '../../schemas/names.js';
import { withBoundedTries } from './bounded-tries.js';
import { ownQueues } from './own-queues.js';

/*
 * Every timeout, retry policy and task queue, in one table. Our activities beat by themselves (see the heartbeat
 * interceptor), so a killed worker is noticed after heartbeatTimeout, however long the work may take. None of them waits
 * for something to happen: waiting is the workflow's, whose timers hold no slot of a worker.
 */

/**
 * What the world does (a Postgres that is away, a password that was rotated) is waited for without a limit. Errors that may
 * be tried only so often, by the catalog, are counted in `withBoundedTries`.
 */
const patient = { initialInterval: '250 ms', backoffCoefficient: 2, maximumInterval: '10 s' } as const;

interface ActivityPolicy extends Omit<ActivityOptions, 'taskQueue'> {
  /** without it an activity runs on the workflow's own */
  readonly queue?: TaskQueue;
  /** once it is over, no further try begins */
  readonly scheduleToCloseTimeout?: Exclude<ActivityOptions['scheduleToCloseTimeout'], number>;
}

const effect: ActivityPolicy = { startToCloseTimeout: '30 s', heartbeatTimeout: '5 s', retry: patient };

/** Work on data, in child processes on the compute queue. */
const compute: ActivityPolicy = {
  queue: 'compute',
  startToCloseTimeout: '1 d', // the worker itself gives up earlier, as it is set to
  heartbeatTimeout: '10 s',
  retry: {
    ...patient,
    maximumInterval: '30 s',
    nonRetryableErrorTypes: ['TemporalTimeout:Heartbeat', 'TemporalTimeout:StartToClose'],
  },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

const classes = {
  /** Short effects: a fact, a push, a look. */
  effect,
  /** The same, but given up after a while: for a caller that has something better to do than wait. */
  brief: { ...effect, scheduleToCloseTimeout: '20 s' },
  /** What a rollback needs, and nothing that needs Postgres or blobs: it finds a free slot whatever else goes on. */
  urgent: { ...effect, queue: 'urgent' },
  urgentBrief: { ...effect, queue: 'urgent', scheduleToCloseTimeout: '20 s' },
  /** A version on its way into a server's memory: fetched, checked, warmed up. */
  load: { ...effect, startToCloseTimeout: '2 m' },
  compute,
  /** The same for what a person would like to see, and can decide without: given up after a while. */
  boundedCompute: { ...compute, scheduleToStartTimeout: '10 m', scheduleToCloseTimeout: '1 h' },
} as const satisfies Record<string, ActivityPolicy>;

type ActivityName = keyof Activities;
type ActivityClass = keyof typeof classes;

/** Complete by its type: an activity without a class does not compile. */
const classOf: { readonly [N in ActivityName]: ActivityClass } = {
  collectDataset: 'compute',
  labelDataset: 'compute',
  planTraining: 'compute',
  runTrial: 'compute',
  chooseBestRun: 'compute',
  packageRun: 'compute',
  monitorWindow: 'compute',
  compactPredictions: 'compute',
  compareChallenger: 'compute',
  compareAtGate: 'boundedCompute',
  loadVersion: 'load',
  pushRoutes: 'urgentBrief',
  endpointStatus: 'urgent',
  observeEndpoint: 'urgent',
  rollbackEndpoint: 'urgent',
  askOwner: 'urgent',
  findVersion: 'effect',
  candidateTraffic: 'effect',
  lookAtRollout: 'effect',
  wakeRollout: 'effect',
  hearOwner: 'effect',
  findRun: 'effect',
  lookAtRun: 'effect',
  chooseMonitorWindows: 'effect',
  monitorMark: 'effect',
  recordFacts: 'effect',
  recordOutcomes: 'effect',
  recordFleet: 'effect',
  findLife: 'effect',
  ensureOwner: 'effect',
  reconcileSchedules: 'effect',
  championOf: 'effect',
  updateOwner: 'effect',
  lookAtWork: 'effect',
};

type Input<N extends ActivityName> = Parameters<Activities[N]>[0];
type Result<N extends ActivityName> = Awaited<ReturnType<Activities[N]>>;

/** Runs an activity by the table; the summary is what the UI shows of it. */
export function run<N extends ActivityName>(name: N, input: Input<N>, summary: string): Promise<Result<N>> {
  return schedule(name, input, { ...classes[classOf[name]], summary });
}

/** The same on the ordinary queue, given up after a while, whatever its class. */
export function runBriefly<N extends ActivityName>(name: N, input: Input<N>, summary: string): Promise<Result<N>> {
  return schedule(name, input, { ...classes.brief, summary });
}

/** By the table, but given up after two minutes: for what is good to know, where a person can decide without it. */
export function runForAWhile<N extends ActivityName>(name: N, input: Input<N>, summary: string): Promise<Result<N>> {
  return schedule(name, input, { ...classes[classOf[name]], scheduleToCloseTimeout: '2 m', summary });
}

function schedule<N extends ActivityName>(
  name: N,
  input: Input<N>,
  { queue, ...options }: ActivityPolicy,
): Promise<Result<N>> {
  const args = input === undefined ? [] : [input];
  const on = queue === undefined ? {} : { taskQueue: ownQueues()[queue] };
  const { scheduleToCloseTimeout: most } = options;
  return withBoundedTries((tried) => {
    const summary = tried === 1 ? options.summary : `${options.summary} (try ${tried})`;
    return scheduleActivity<Result<N>>(name, args, { ...options, ...on, ...(summary ? { summary } : {}) });
  }, most && durationMilliseconds(most));
}
