import { allHandlersFinished, CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow';
import type { DeployResult } from '../schemas/deploy.js';
import { durationMilliseconds } from '../schemas/duration.js';
import type { RolloutEvent } from '../schemas/rollout.js';
import { rollBackByBreakGlass } from './deploy/break-glass.js';
import { forwardToOwner } from './deploy/forward.js';
import { hearOwner, type Wake } from './deploy/hear-owner.js';
import { type EventOf, Rollout } from './deploy/rollout.js';
import { noRollout } from './deploy/status.js';
import { takeSteps } from './deploy/steps.js';
import { approvalCard } from './lifecycle/display.js';
import { run } from './temporal/activity-options.js';
import { onlyCancelled } from './temporal/cancelled.js';
import { asks, deployStatus, rolloutTold } from './temporal/messages.js';
import { inputOf, show, showStage } from './temporal/stage.js';
import { pinned } from './temporal/versioning.js';

/** Model version → environment, behind approval, step by step. The model's owner moves the routes; this asks for each step. */
export async function deployModel(raw: unknown): Promise<DeployResult> {
  const wake: Wake = { isUp: false };
  let rollout: Rollout | null = null;
  setHandler(rolloutTold, () => void (wake.isUp = true));
  setHandler(asks, () => rollout?.asks ?? null, { description: 'What this deployment wants of its owner' });
  const input = inputOf('deployModel', raw);
  if ('rollback' in input) return rollBackByBreakGlass(input);
  setHandler(deployStatus, () => rollout?.status() ?? noRollout(input), {
    description: 'Where this deployment stands; the status of its owner says what serves',
  });
  forwardToOwner(input);
  showStage('deploy', input);
  const found = await run('findVersion', { model: input.model, version: input.version }, 'which version is it?');
  showStage('deploy', { version: found.version.version });
  const events: RolloutEvent[] = [];
  const hearing = new Rollout(input, found, events);
  rollout = hearing;
  const listening = new CancellationScope({ cancellable: false });
  listening.run(() => hearOwner(hearing, events, wake)).catch(onlyCancelled);
  try {
    return await carryThrough(hearing);
  } finally {
    listening.cancel();
  }
}

/** A cancelled rollout gives its endpoint back before it ends. */
async function carryThrough(rollout: Rollout): Promise<DeployResult> {
  try {
    const result = await rollOut(rollout);
    await condition(allHandlersFinished);
    return result;
  } catch (error) {
    if (isCancellation(error))
      await CancellationScope.nonCancellable(() => rollout.abandon('the deployment was cancelled'));
    throw error;
  }
}

/** Ask, wait for the answer, load, take the steps. */
async function rollOut(rollout: Rollout): Promise<DeployResult> {
  const { approvalTimeout } = rollout.input;
  await rollout.askForGate();
  show(...approvalCard(rollout));
  const answer =
    (await rollout.next(['granted', 'refused'], durationMilliseconds(approvalTimeout))) ??
    (await rollout.unanswered(`nobody answered within ${approvalTimeout}`));
  if ('outcome' in answer) return answer;
  if (answer.kind === 'refused') return rollout.ended('rejected', [answer.reason], answer.serving);
  if (answer.kind !== 'granted') return rollout.stopped(answer);
  return carryOut(rollout, answer);
}

async function carryOut(rollout: Rollout, granted: EventOf<'granted'>): Promise<DeployResult> {
  rollout.grant(granted);
  const ended = (await load(rollout, granted)) ?? (await takeSteps(rollout));
  return ended ?? rollout.ended('promoted', ['every check passed'], rollout.version.version);
}

/** Into the servers' memory; no traffic yet. */
function load(rollout: Rollout, { fence }: EventOf<'granted'>): Promise<DeployResult | null> {
  const { model, environment } = rollout.input;
  const asked = { model, environment, version: rollout.version, fence };
  return rollout.check(() => run('loadVersion', asked, 'load, verify digest, warm up'));
}

pinned(deployModel);
