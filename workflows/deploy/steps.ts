import { sleep } from '@temporalio/workflow';
import type { DeployResult } from '../../schemas/deploy.js';
import { durationMilliseconds } from '../../schemas/duration.js';
import type { Step, StepOf } from '../../schemas/strategy.js';
import { run } from '../temporal/activity-options.js';
import type { Rollout } from './rollout.js';

/** Takes a rollout through its steps; what ended it before the last one, or null. */
export async function takeSteps(rollout: Rollout): Promise<DeployResult | null> {
  for (const step of rollout.steps) {
    rollout.beginStep();
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
      return rest(rollout, step.duration, 'the candidate bakes');
    case 'analyse':
      return analyse(rollout, step);
    case 'pause':
      return step.duration === undefined ? rollout.pause() : rest(rollout, step.duration, 'the rollout pauses');
    case 'promote':
      return rollout.promote();
  }
}

/** A rollback ends the rest at once. */
const rest = (rollout: Rollout, duration: string, why: string) =>
  rollout.check(() => sleep(durationMilliseconds(duration), { summary: `${why} for ${duration}` }));

function analyse(rollout: Rollout, policy: StepOf<'analyse'>): Promise<DeployResult | null> {
  const { model, environment } = rollout.input;
  const summary = `watch the candidate for ${policy.duration}`;
  const command = { model, environment, version: rollout.version.version, policy };
  return rollout.check(async () => {
    const verdict = await run('watchCandidate', command, summary);
    rollout.finding = verdict.reason;
    if (!verdict.passed) throw new Error(verdict.reason);
  });
}
