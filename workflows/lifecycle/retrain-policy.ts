import { durationMilliseconds } from '../../schemas/duration.js';
import type { CommandReply, RetrainSignal } from '../../schemas/index.js';
import type { Context, Received } from './context.js';
import { keepWithin } from './handed-on/bytes.js';
import { accepted, unchanged } from './replies.js';
import { isAtLastStep } from './rollout.js';
import { type LifecycleState, limits, note, type OwnedEndpoint, remember, shorten, timeText } from './state.js';

/**
 * One trigger, one decision: retrain now, or record why not. Never two at once for one model; the same trigger within
 * the cooldown is explained and not acted on.
 */
export function decideTrigger(state: LifecycleState, trigger: RetrainSignal, ctx: Received): CommandReply {
  const { id } = ctx;
  const reason = whyNotRetrain(state, trigger, ctx.now);
  if (reason !== null) {
    remember(
      state.notActedOn,
      { at: timeText(ctx.now), by: trigger.by, reason: shorten(`${trigger.reason}: ${reason}`, 600) },
      limits.notActedOn,
    );
    keepWithin(state.notActedOn, limits.notActedOnBytes);
    recordTrigger(state, { ...trigger, id, outcome: 'notActedOn', reason }, ctx);
    return unchanged(`not acted on: ${reason}`, id);
  }
  state.retrains += 1;
  state.retrain = { trigger: trigger.kind, by: trigger.by, reason: trigger.reason, number: state.retrains };
  state.lastRetrainAt = ctx.now;
  note(state, ctx.now, `retraining asked by ${trigger.by}: ${trigger.reason}`);
  recordTrigger(state, { ...trigger, id, outcome: 'started' }, ctx);
  return accepted('retraining begins', id);
}

export function whyNotRetrain(state: LifecycleState, trigger: RetrainSignal, now: number): string | null {
  const policy = state.spec.retrain;
  if (!(policy.recipe ?? state.spec.recipe)) return 'the lifecycle has no recipe to retrain by';
  if (state.paused) return 'the model is paused';
  if (state.retrain) return `retraining ${state.retrain.number} is under way`;
  if (state.pipeline !== null && !isServing(state)) return 'the first model is not finished yet';
  if ((trigger.kind === 'decay' || trigger.kind === 'drift') && !policy.automatic)
    return 'retraining by itself is switched off ("automatic": false)';
  const wait = durationMilliseconds(policy.cooldown);
  if (trigger.kind !== 'signal' && state.lastRetrainAt !== null && now - state.lastRetrainAt < wait)
    return `the last retraining began less than ${policy.cooldown} ago`;
  return null;
}

/**
 * The first model serves everywhere, and its plan has only to hear of its end: a retraining that is asked for now waits for
 * that.
 */
const isServing = ({ pipeline, pipelineProblem, endpoints, spec }: LifecycleState) =>
  pipeline === 'deploy' &&
  pipelineProblem === null &&
  spec.environments.every(({ name }) => endpoints.some((e) => e.environment === name && isThere(e)));

/** Also while its server has the promotion and the owner has not heard so yet. */
const isThere = ({ routes, rollout }: OwnedEndpoint) =>
  routes.current !== null && (rollout === null || (rollout.phase === 'atStep' && isAtLastStep(rollout)));

/** What became of the retraining that was under way. */
export function finishTrigger(
  state: LifecycleState,
  { outcome, reason }: { outcome: 'promoted' | 'kept' | 'rejected'; reason: string },
  ctx: Context,
): void {
  const under = state.retrain;
  state.retrain = null;
  if (under === null) return;
  const { trigger: kind, by, number } = under;
  recordTrigger(state, { kind, by, id: `retrain-${number}`, outcome, reason }, ctx);
}

interface AnsweredTrigger {
  readonly kind: string;
  readonly by: string;
  readonly id: string;
  readonly outcome: 'started' | 'notActedOn' | 'promoted' | 'kept' | 'rejected';
  readonly reason: string;
}

/** A fact for each decision; of a flood that is not acted on, `status` and the ledger keep only so many. */
function recordTrigger(state: LifecycleState, { kind, by, id, outcome, reason }: AnsweredTrigger, ctx: Context): void {
  if (outcome === 'notActedOn' && state.factsToRecord.length >= limits.triggersToRecord) return;
  const body = {
    model: state.spec.model,
    trigger: kind,
    by,
    outcome,
    reason: shorten(reason, 500),
  };
  state.factsToRecord.push({
    kind: 'retrain',
    key: `retrain/${state.spec.model}/${outcome}/${timeText(ctx.now)}/${id}`,
    origin: { workflowId: ctx.workflowId, step: 'retrain' },
    digest: null,
    body: { ...body, at: timeText(ctx.now) },
  });
}
