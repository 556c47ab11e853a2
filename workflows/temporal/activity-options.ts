import { ActivityCancellationType, type ActivityOptions, scheduleActivity } from '@temporalio/workflow';
import type { Activities } from '../../activities/activities.js';
import { taskQueues } from '../../schemas/names.js';

/*
 * Every timeout and retry policy, in one table. Our activities beat by themselves (see the heartbeat interceptor), so a
 * killed worker is noticed after heartbeatTimeout, however long the work may take.
 */

/** What does not answer (Postgres, blobs, model server) is asked again until it does. */
const patient = { initialInterval: '250 ms', backoffCoefficient: 2, maximumInterval: '10 s' } as const;

const effect: ActivityOptions = { startToCloseTimeout: '30 s', heartbeatTimeout: '5 s', retry: patient };

const classes = {
  /** Short effects: a fact, a push, a look. */
  effect,
  /** The same, but given up after a while: for a caller that has something better to do than wait. */
  brief: { ...effect, scheduleToCloseTimeout: '20 s' },
  /** A version on its way into a server's memory: fetched, checked, warmed up. */
  load: { ...effect, startToCloseTimeout: '2 m' },
  /** Work on data, in child processes on the compute queue. */
  compute: {
    taskQueue: taskQueues.compute,
    startToCloseTimeout: '4 h',
    heartbeatTimeout: '10 s',
    retry: { ...patient, maximumAttempts: 20 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  },
  /** Waiting for something outside: a candidate's traffic, a workflow that runs already. */
  watch: { startToCloseTimeout: '60 d', heartbeatTimeout: '10 s', retry: patient },
} as const satisfies Record<string, ActivityOptions>;

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
  compareChallenger: 'compute',
  loadVersion: 'load',
  pushRoutes: 'brief',
  watchCandidate: 'watch',
  joinWorkflow: 'watch',
  findVersion: 'effect',
  endpointStatus: 'effect',
  observeEndpoint: 'effect',
  lookAtRollout: 'effect',
  wakeRollout: 'effect',
  hearOwner: 'effect',
  rollbackEndpoint: 'effect',
  chooseMonitorWindow: 'effect',
  recordFacts: 'effect',
  recordOutcomes: 'effect',
  recordFleet: 'effect',
  approvalPolicy: 'effect',
  askOwner: 'effect',
  championOf: 'effect',
  updateOwner: 'effect',
  upsertSchedule: 'effect',
  deleteSchedules: 'effect',
};

type Input<N extends ActivityName> = Parameters<Activities[N]>[0];
type Result<N extends ActivityName> = Awaited<ReturnType<Activities[N]>>;

/** Runs an activity by the table; the summary is what the UI shows of it. */
export function run<N extends ActivityName>(name: N, input: Input<N>, summary: string): Promise<Result<N>> {
  return schedule(name, input, { ...classes[classOf[name]], summary });
}

/** The same, given up after a while, whatever its class. */
export function runBriefly<N extends ActivityName>(name: N, input: Input<N>, summary: string): Promise<Result<N>> {
  return schedule(name, input, { ...classes.brief, summary });
}

function schedule<N extends ActivityName>(name: N, input: Input<N>, options: ActivityOptions): Promise<Result<N>> {
  return scheduleActivity<Result<N>>(name, input === undefined ? [] : [input], options);
}
