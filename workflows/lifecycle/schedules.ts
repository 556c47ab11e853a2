import { laterRecipe } from '../../schemas/index.js';
import { workflowIds, workflowTypes } from '../../schemas/names.js';
import type { LifecycleState } from './state.js';

/*
 * Pure decisions about the Schedules of a lifecycle: monitoring, and retraining where it is wanted by the clock.
 */

/** All of them, once something serves; before that only those which are there, for an owner that began anew; or none. */
export type ScheduleWish = 'all' | 'those there' | 'none';

export function scheduleWish(state: LifecycleState): ScheduleWish {
  if (state.retired !== null) return 'none';
  return serves(state) ? 'all' : 'those there';
}

const serves = ({ endpoints }: LifecycleState) => endpoints.some((e) => e.routes.current !== null);

/** Whether it is known if something serves, which the wish depends on. */
export const mayWish = (state: LifecycleState) =>
  state.retired !== null || serves(state) || state.endpoints.every((e) => e.isObserved);

export function schedulesOf({ spec, retired }: LifecycleState, taskQueue: string) {
  const { model, environment, environments, monitor, retrain } = spec;
  const common = { taskQueue, model, environment };
  const retrainRecipe = laterRecipe(spec);
  if (retired !== null) return [];
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
