import type { DeployResult } from '../../schemas/deploy.js';
import { durationMilliseconds } from '../../schemas/duration.js';
import type { Step } from '../../schemas/strategy.js';
import { analyse } from './analyse.js';
import type { Rollout } from './rollout.js';

/** Takes a rollout through its steps, from the one that it is at; what ended it before the last one, or null. */
export async function takeSteps(rollout: Rollout): Promise<DeployResult | null> {
  const { steps, index: begun } = rollout.state;
  for (const [index, step] of [...steps.entries()].slice(begun ?? 0)) {
    if (index === begun) rollout.goOn();
    else rollout.beginStep(index);
    const ended = await takeStep(rollout, step);
    if (ended !== null) return ended;
  }
  return null;
}

/** One case per kind of step. */
function takeStep(rollout: Rollout, step: Step): Promise<DeployResult | null> {
  switch (step.kind) {
    case 'share':
      return rollout.routeTo(step.share);
    case 'bake':
      return rest(rollout, step.duration);
    case 'analyse':
      return analyse(rollout, step);
    case 'pause':
      return step.duration === undefined ? rollout.pause() : rest(rollout, step.duration);
    case 'promote':
      return rollout.promote();
  }
}

/** A rollback ends the rest at once. */
const rest = (rollout: Rollout, duration: string) =>
  rollout.rest(rollout.state.stepSince + durationMilliseconds(duration) - Date.now());
