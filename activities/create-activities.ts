import type { Activities } from './activities.js';
import { createCollectActivities } from './collect.js';
import { createDeployActivities } from './deploy.js';
import { askedAt, createRecordActivities, executedOrigin, originOf } from './facts.js';
import { createFleetActivities } from './fleet.js';
import { createLabelActivities } from './label.js';
import { compactPredictions } from './monitor/compact.js';
import { chooseWindows } from './monitor/window.js';
import { createMonitorActivities } from './monitor.js';
import { createRolloutActivities } from './owner/rollouts.js';
import { createOwnerActivities } from './owner.js';
import { createPackageActivities } from './package.js';
import type { Ports } from './ports.js';
import { createRetrainActivities } from './retrain.js';
import { createScheduleActivities } from './schedules.js';
import { createTrainActivities } from './train.js';

/** All activities, over their ports. */
export function createActivities(ports: Ports): Activities {
  const { collect } = createCollectActivities(ports);
  const { label } = createLabelActivities(ports);
  const train = createTrainActivities(ports);
  const { packageRun } = createPackageActivities(ports);
  const { monitorWindow } = createMonitorActivities(ports);
  return {
    collectDataset: (input) => collect(input, executedOrigin('collect')),
    labelDataset: (input) => label(input, executedOrigin('label')),
    planTraining: (input) => train.planTraining(input, originOf('train')),
    runTrial: (input) => train.runTrial(input, executedOrigin('train')),
    chooseBestRun: (input) => train.chooseBestRun(input, executedOrigin('train')),
    packageRun: (input) => packageRun(input, originOf('package')),
    chooseMonitorWindows: (input) => chooseWindows(ports.predictions, input),
    monitorWindow: (input) => monitorWindow(input, originOf('monitor'), askedAt()),
    monitorMark: (of) => ports.registry.monitorMark(of),
    compactPredictions: (input) => compactPredictions(ports, input, originOf('compact')),
    compareChallenger: createRetrainActivities(ports).compareChallenger,
    ...createDeployActivities(ports),
    ...createRecordActivities(ports),
    ...createFleetActivities(ports),
    ...createOwnerActivities(ports),
    ...createRolloutActivities(ports),
    ...createScheduleActivities(),
  };
}

/** Names by which a worker registers them. */
export const activityNames = [
  'collectDataset',
  'labelDataset',
  'planTraining',
  'runTrial',
  'chooseBestRun',
  'packageRun',
  'findVersion',
  'compareAtGate',
  'loadVersion',
  'pushRoutes',
  'endpointStatus',
  'observeEndpoint',
  'lookAtRollout',
  'wakeRollout',
  'hearOwner',
  'candidateTraffic',
  'rollbackEndpoint',
  'chooseMonitorWindows',
  'monitorWindow',
  'monitorMark',
  'compactPredictions',
  'compareChallenger',
  'recordFacts',
  'recordOutcomes',
  'recordFleet',
  'findLife',
  'askOwner',
  'championOf',
  'updateOwner',
  'ensureOwner',
  'reconcileSchedules',
  'findRun',
  'lookAtRun',
  'lookAtWork',
] as const satisfies readonly (keyof Activities)[];
