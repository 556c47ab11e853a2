import { run } from '../../temporal/activity-options.js';
import type { Clock } from '../context.js';
import { fleetRow, fleetText } from '../fleet.js';
import { type LifecycleState, timeText } from '../state.js';

/** Tells where the lifecycle stands. What changes meanwhile is told next, in one row however much it was. */
export async function recordFleet(state: LifecycleState, clock: Clock): Promise<void> {
  const { workflowId, now } = clock();
  const row = fleetRow(state, workflowId);
  await run('recordFleet', { ...row, toldAt: timeText(now) }, `tell the fleet: ${row.stage}`);
  state.fleetRecorded = fleetText(row);
}
