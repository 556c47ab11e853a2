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
import type { Activities, ScheduleSpec, WantedSchedules } from './activities.js';
import { scheduleOffsetMs } from './schedules/offset.js';

/** A Schedule of ours says in its memo whose it is; one that a person made for the same model is none of ours. */
const ownerInMemo = 'mlopsOwner';

export function createScheduleActivities(): Pick<Activities, 'reconcileSchedules'> {
  return { reconcileSchedules: (asked) => reconcileSchedules(getClient(), asked) };
}

/** The ids that are there afterwards. What the list does not show yet is known by the caller. */
async function reconcileSchedules(client: Client, asked: WantedSchedules): Promise<string[]> {
  const { owner, wanted, mayCreate } = asked;
  const there = new Set([...asked.known, ...(await schedulesOfOwner(client, asked))]);
  const wantedIds = wanted.map(({ scheduleId }) => scheduleId);
  for (const id of there) if (!wantedIds.includes(id)) await deleteSchedule(client, id);
  const present: string[] = [];
  for (const spec of wanted) {
    const options = scheduleOptions(spec, owner);
    if ((await changed(client, options)) || (mayCreate && (await created(client, options))))
      present.push(spec.scheduleId);
  }
  return present;
}

async function schedulesOfOwner(client: Client, { model, owner }: WantedSchedules): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId, memo } of client.schedule.list({ query: `${MlModel.name} = "${model}"` }))
    if (memo?.[ownerInMemo] === owner) ids.push(scheduleId);
  return ids;
}

/** Only what it does and when: whether it is paused, and the note beside that, are a person's. */
async function changed(client: Client, { scheduleId, spec, action }: ScheduleOptions): Promise<boolean> {
  try {
    await client.schedule.getHandle(scheduleId).update((before) => ({ ...before, spec, action }) as never);
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

async function created(client: Client, options: ScheduleOptions): Promise<boolean> {
  try {
    await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  return true;
}

function scheduleOptions(spec: ScheduleSpec, owner: string): ScheduleOptions {
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
    memo: { [ownerInMemo]: owner },
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
