import { workflowIds, workflowTypes } from '../../../schemas/names.js';
import { run } from '../../temporal/activity-options.js';
import { ownQueues } from '../../temporal/own-queues.js';
import type { LifecycleState } from '../state.js';

/** The Schedules a lifecycle owns: monitoring, and retraining where it is wanted by the clock. */
export async function setSchedules(state: LifecycleState): Promise<void> {
  for (const schedule of schedulesOf(state)) {
    await run('upsertSchedule', schedule, `schedule ${schedule.workflowId}`);
  }
  state.schedules = 'set';
}

export async function removeSchedules(state: LifecycleState): Promise<void> {
  const scheduleIds = schedulesOf(state).map((s) => s.scheduleId);
  await run('deleteSchedules', { scheduleIds }, 'remove the schedules');
  state.schedules = 'none';
}

function schedulesOf(state: LifecycleState) {
  const { model, environment, environments, monitor, recipe, retrain } = state.spec;
  const common = { taskQueue: ownQueues().orchestration, model, environment };
  const retrainRecipe = retrain.recipe ?? recipe;
  return [
    ...(monitor
      ? [
          {
            ...common,
            workflowType: workflowTypes.monitor,
            workflowId: workflowIds.monitor(model, environment),
            scheduleId: workflowIds.schedule(workflowIds.monitor(model, environment)),
            every: monitor.every,
            input: { model, environment, policy: monitor.policy },
          },
        ]
      : []),
    ...(retrain.every && retrainRecipe
      ? [
          {
            ...common,
            workflowType: workflowTypes.retrain,
            workflowId: workflowIds.retrain(model),
            scheduleId: workflowIds.schedule(workflowIds.retrain(model)),
            every: retrain.every,
            input: {
              model,
              environments,
              recipe: retrainRecipe,
              challenger: retrain.challenger,
              trigger: { kind: 'schedule', by: 'schedule', reason: `every ${retrain.every}` },
            },
          },
        ]
      : []),
  ];
}
