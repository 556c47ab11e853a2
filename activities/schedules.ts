import { getClient } from '@temporalio/activity';
import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { durationMilliseconds } from '../schemas/duration.js';
import { MlModel } from '../schemas/search-attributes.js';
import type { Activities, ScheduleSpec } from './activities.js';
import { scheduleOffsetMs } from './schedules/offset.js';

type ScheduleActivities = Pick<Activities, 'upsertSchedule' | 'deleteSchedules'>;

/** Schedules are created once and then updated, so that a person's pause of one survives. */
export function createScheduleActivities(): ScheduleActivities {
  return {
    upsertSchedule: (spec) => upsertSchedule(getClient(), spec),
    deleteSchedules: async ({ scheduleIds }) => {
      for (const id of scheduleIds) await deleteSchedule(getClient(), id);
    },
  };
}

async function upsertSchedule(client: Client, spec: ScheduleSpec): Promise<void> {
  const options = scheduleOptions(spec);
  try {
    await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule
      .getHandle(spec.scheduleId)
      .update((before) => ({ ...before, spec: options.spec, action: options.action }) as never);
  }
}

function scheduleOptions(spec: ScheduleSpec): ScheduleOptions {
  return {
    scheduleId: spec.scheduleId,
    spec: {
      intervals: [{ every: durationMilliseconds(spec.every), offset: scheduleOffsetMs(spec.scheduleId, spec.every) }],
    },
    action: {
      type: 'startWorkflow',
      workflowType: spec.workflowType,
      workflowId: spec.workflowId,
      taskQueue: spec.taskQueue,
      args: [spec.input],
      typedSearchAttributes: [{ key: MlModel, value: spec.model }],
      staticSummary: `${spec.workflowType} of ${spec.model} in ${spec.environment}`,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
    typedSearchAttributes: [{ key: MlModel, value: spec.model }],
  };
}

async function deleteSchedule(client: Client, id: string): Promise<void> {
  try {
    await client.schedule.getHandle(id).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
