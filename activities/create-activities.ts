import type { Activities } from './interface.js';
import { createDeployActivities } from './deploy.js';
import { createOwnerActivities } from './owner.js';
import type { Ports } from './ports.js';
import { createRecordActivities } from './record.js';
import { createScheduleActivities } from './schedules.js';

/** All activities, over their ports. */
export function createActivities(ports: Ports): Activities {
  return {
    ...createDeployActivities(ports),
    ...createRecordActivities(ports),
    ...createOwnerActivities(),
    ...createScheduleActivities(),
  } as Activities;
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
  'loadVersion',
  'pushRoutes',
  'endpointStatus',
  'watchCanary',
  'rollbackEndpoint',
  'monitorWindow',
  'compareChallenger',
  'recordFacts',
  'recordOutcomes',
  'approvalPolicy',
  'askOwner',
  'joinWorkflow',
  'upsertSchedule',
  'deleteSchedules',
] as const satisfies readonly (keyof Activities)[];
