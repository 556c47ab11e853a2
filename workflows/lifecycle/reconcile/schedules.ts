import { run } from '../../temporal/activity-options.js';
import { ownQueues } from '../../temporal/own-queues.js';
import type { Clock } from '../context.js';
import { type ScheduleWish, schedulesOf, scheduleWish } from '../schedules.js';
import type { LifecycleState } from '../state.js';
import type { Progress } from './progress.js';

/** Wanted against there: what is missing is made, what is another is changed, what nobody wants any more is removed. */
export async function reconcileSchedules(state: LifecycleState, clock: Clock, progress: Progress): Promise<void> {
  const wish: ScheduleWish = scheduleWish(state);
  const { model } = state.spec;
  const wanted = schedulesOf(state, ownQueues().orchestration);
  const asked = { model, owner: clock().workflowId, wanted, mayCreate: wish === 'all', known: state.schedules };
  state.schedules = await run('reconcileSchedules', asked, `schedules: ${wish}`);
  progress.scheduled = wish;
}
