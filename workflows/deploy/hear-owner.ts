import { condition, isCancellation, log } from '@temporalio/workflow';
import type { RolloutEvent } from '../../schemas/rollout.js';
import { run } from '../temporal/activity-options.js';
import { rootMessage } from '../temporal/root-message.js';
import { ownId } from '../temporal/stage.js';
import type { Rollout } from './rollout.js';
import { type Heard, hear } from './rollout-state.js';

/** How long a rollout that nobody wakes waits before it asks its owner all the same. */
const askEvery = '5 m';

/** What wakes a rollout: anybody may, so that it only asks. */
export interface Wake {
  isUp: boolean;
}

/**
 * Asks the owner what it told this run, whenever something wakes it and now and then besides. An owner that does not know
 * the run (it began anew) is asked again for what is wanted.
 */
export async function hearOwner(rollout: Rollout, heard: Heard, wake: Wake): Promise<never> {
  for (;;) {
    await condition(() => wake.isUp, askEvery, { summary: 'until its owner is asked for news all the same' });
    wake.isUp = false;
    for (const event of await whatOwnerSays(rollout)) hear(heard, event);
  }
}

/** Nothing where it cannot be heard: a rollout waits on, and asks again. */
async function whatOwnerSays(rollout: Rollout): Promise<RolloutEvent[]> {
  const { model } = rollout.input;
  try {
    const asked = { model, workflowId: ownId(), runId: rollout.state.runId };
    const told = await run('hearOwner', asked, `what does lifecycle/${model} say?`);
    if (told === null) await rollout.askAgain();
    return told ?? [];
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`lifecycle/${model} could not be heard`, { error: rootMessage(error) });
    return [];
  }
}
