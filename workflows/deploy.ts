import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CheckedDeployInput, DeployInput, DeployResult } from '../schemas/deploy.js';
import { failure } from '../schemas/failure.js';
import { rollBackByBreakGlass } from './deploy/break-glass.js';
import { Forwarding } from './deploy/forward.js';
import { type ForwardingState, nothingToForward, statusOfForwarding } from './deploy/forwarding.js';
import { hearOwner, type Wake } from './deploy/hear-owner.js';
import { heldAgainstServing, workOf } from './deploy/held-against.js';
import { Rollout } from './deploy/rollout.js';
import {
  type EventOf,
  type Heard,
  nothingHeard,
  type RolloutInput,
  type RolloutState,
  rolloutOf,
} from './deploy/rollout-state.js';
import { DeploymentRun, Leaving } from './deploy/run.js';
import { noRollout } from './deploy/status.js';
import { takeSteps } from './deploy/steps.js';
import { approvalCard } from './lifecycle/answering.js';
import { run } from './temporal/activity-options.js';
import { onlyCancelled } from './temporal/cancelled.js';
import { asks, deployStatus, internal, rolloutTold } from './temporal/messages.js';
import { inputOf, show, showStage } from './temporal/stage.js';
import { tellingOwner } from './temporal/stage-ended.js';
import { startFaults } from './temporal/start-faults.js';
import { autoUpgrading } from './temporal/versioning.js';

/** What one run of a deployment hands on to the next. */
interface Carried {
  readonly rollout: RolloutState | null;
  readonly heard: Heard;
  readonly forwarding: ForwardingState;
}

/**
 * Model version → environment, behind approval, step by step. The model's owner moves the routes; this asks for each step.
 * Everything is in the state, so that it can continue as new while it waits.
 */
export function deployModel(raw: DeployInput, carried?: Carried): Promise<DeployResult> {
  return tellingOwner(() => deploy(raw, carried));
}

async function deploy(raw: DeployInput, carried?: Carried): Promise<DeployResult> {
  const deployment = new DeploymentRun();
  const wake: Wake = { isUp: carried !== undefined }; // the run before this one may not have heard it all
  let rollout: Rollout | null = null;
  const wakeUp = () => {
    deployment.messages += 1;
    wake.isUp = true;
  };
  setHandler(rolloutTold, wakeUp, { description: internal('its owner has news') });
  const answer = () => {
    deployment.messages += 1;
    return rollout?.state.asks ?? null;
  };
  setHandler(asks, answer, { description: internal('what does it want of its owner?') });
  const input: CheckedDeployInput = inputOf('deployModel', raw);
  refuseForgedState(carried);
  if ('rollback' in input) return rollBackByBreakGlass(input);
  const forwarding = new Forwarding(input, carried?.forwarding ?? nothingToForward(), deployment);
  const status = () => ({ ...(rollout?.status() ?? noRollout(input)), messages: statusOfForwarding(forwarding.state) });
  setHandler(deployStatus, status, {
    description: 'Where this deployment stands; the status of its owner says what serves',
  });
  const heard = carried?.heard ?? nothingHeard();
  const leave = async (): Promise<never> => {
    deployment.isLeaving = true;
    await condition(() => forwarding.isStill && allHandlersFinished());
    const rest: Carried = { rollout: rollout?.state ?? null, heard, forwarding: forwarding.state };
    return continueAsNew<typeof deployModel>(raw, rest);
  };
  const state = carried?.rollout ?? (await begin(input, deployment).catch(whenLeaving(leave)));
  rollout = new Rollout({ input, state, heard, run: deployment });
  const hearing = rollout;
  const result = await whileListening(
    () => hearOwner(hearing, heard, wake),
    () => carryThrough(hearing, leave),
  );
  forwarding.close();
  await condition(() => forwarding.isEmpty && allHandlersFinished());
  return result;
}

/** What the run before hands on says what was granted. */
function refuseForgedState(carried: unknown): void {
  const fields = startFaults({ what: 'a deployment', argument: 'what to deploy', carried });
  if (fields.length > 0)
    throw failure('InvalidInput', `deployModel got a wrong input: ${fields.join('; ')}.`, { fields });
}

/** A deployment that is cancelled still hears what its owner says of it. */
async function whileListening<T>(listen: () => Promise<never>, work: () => Promise<T>): Promise<T> {
  const listening = new CancellationScope();
  CancellationScope.nonCancellable(() => listening.run(listen)).catch(onlyCancelled);
  try {
    return await work();
  } finally {
    listening.cancel();
  }
}

const whenLeaving =
  (leave: () => Promise<never>) =>
  (error: unknown): Promise<never> => {
    if (error instanceof Leaving) return leave();
    throw error;
  };

async function begin(input: RolloutInput, deployment: DeploymentRun): Promise<RolloutState> {
  const { model, version } = input;
  showStage('deploy', input);
  const asked = { model, version, serving: null };
  const named = await workOf(deployment, () => run('findVersion', asked, 'which version is it?'));
  showStage('deploy', { version: named.version.version });
  const held = await heldAgainstServing(input, named, deployment);
  return rolloutOf(input, { ...held, runId: workflowInfo().runId, now: Date.now() });
}

/** A cancelled rollout gives its endpoint back before it ends. */
async function carryThrough(rollout: Rollout, leave: () => Promise<never>): Promise<DeployResult> {
  try {
    return await rollOut(rollout).catch(whenLeaving(leave));
  } catch (error) {
    if (isCancellation(error))
      await CancellationScope.nonCancellable(() => rollout.abandon('the deployment was cancelled'));
    throw error;
  }
}

/** Ask, wait for the answer, load, take the steps. */
async function rollOut(rollout: Rollout): Promise<DeployResult> {
  const { granted, phase } = rollout.state;
  if (granted !== null) return carryOut(rollout, granted);
  if (phase !== 'approved, held') await rollout.askForGate();
  show(...approvalCard({ input: rollout.input, ...rollout.state }));
  const answer = await rollout.answer();
  if ('outcome' in answer) return answer;
  if (answer.kind === 'refused') return rollout.ended('rejected', [answer.reason], answer.serving);
  if (answer.kind !== 'granted') return rollout.stopped(answer);
  rollout.grant(answer);
  return carryOut(rollout, answer);
}

async function carryOut(rollout: Rollout, granted: EventOf<'granted'>): Promise<DeployResult> {
  const ended = (await load(rollout, granted)) ?? (await takeSteps(rollout));
  return ended ?? rollout.ended('promoted', ['every check passed'], rollout.state.version.version);
}

/** Into the servers' memory; no traffic yet. */
async function load(rollout: Rollout, { fence }: EventOf<'granted'>): Promise<DeployResult | null> {
  const { input, state } = rollout;
  if (state.isLoaded) return null;
  const { model, environment } = input;
  const asked = { model, environment, version: state.version, fence };
  const loaded = await rollout.check(() => run('loadVersion', asked, 'load, verify digest, warm up'));
  if (loaded.kind === 'ended') return loaded.result;
  state.isLoaded = true;
  return null;
}

autoUpgrading(deployModel);
