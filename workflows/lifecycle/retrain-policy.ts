import { durationMilliseconds } from '../../schemas/duration.js';
import type { CommandReply, RetrainSignal } from '../../schemas/index.js';
import type { Context } from './context.js';
import { accepted, unchanged } from './replies.js';
import { type LifecycleState, limits, note, remember, shorten, timeText } from './state.js';

/**
 * One trigger, one decision: retrain now, or record why not. Never two at once for one model; the same trigger within
 * the cooldown is explained and not acted on.
 */
export function decideTrigger(st: LifecycleState, trigger: RetrainSignal, id: string, ctx: Context): CommandReply {
  const reason = whyNotRetrain(st, trigger, ctx.now);
  if (reason !== null) {
    remember(
      st.notActedOn,
      { at: timeText(ctx.now), by: trigger.by, reason: shorten(`${trigger.reason}: ${reason}`, 600) },
      limits.notActedOn,
    );
    recordTrigger(st, trigger, 'notActedOn', reason, id, ctx);
    return unchanged(`not acted on: ${reason}`, id);
  }
  st.retrains += 1;
  st.retrain = { trigger: trigger.kind, by: trigger.by, reason: trigger.reason, number: st.retrains };
  st.lastRetrainAt = ctx.now;
  note(st, ctx.now, `retraining asked by ${trigger.by}: ${trigger.reason}`);
  recordTrigger(st, trigger, 'started', trigger.reason, id, ctx);
  return accepted('retraining begins', id);
}

export function whyNotRetrain(st: LifecycleState, trigger: RetrainSignal, now: number): string | null {
  const policy = st.spec.retrain;
  if (!(policy.recipe ?? st.spec.recipe)) return 'the lifecycle has no recipe to retrain by';
  if (st.paused) return 'the model is paused';
  if (st.retrain) return `retraining ${st.retrain.number} is under way`;
  if (st.plan) return 'the first model is not finished yet';
  if ((trigger.kind === 'decay' || trigger.kind === 'drift') && !policy.automatic)
    return 'retraining by itself is switched off ("automatic": false)';
  const wait = durationMilliseconds(policy.cooldown);
  if (trigger.kind !== 'signal' && st.lastRetrainAt !== null && now - st.lastRetrainAt < wait)
    return `the last retraining began less than ${policy.cooldown} ago`;
  return null;
}

/** A fact for each decision; of a flood that is not acted on, `status` and the ledger keep only so many. */
export function recordTrigger(
  st: LifecycleState,
  trigger: { kind: string; by: string },
  outcome: 'started' | 'notActedOn' | 'promoted' | 'kept' | 'rejected',
  reason: string,
  id: string,
  ctx: Context,
): void {
  if (outcome === 'notActedOn' && st.outbox.length >= limits.triggersInOutbox) return;
  const body = { model: st.spec.model, trigger: trigger.kind, by: trigger.by, outcome, reason: shorten(reason, 500) };
  st.outbox.push({
    kind: 'retrain',
    key: `retrain/${st.spec.model}/${outcome}/${timeText(ctx.now)}/${id}`,
    origin: { workflowId: ctx.workflowId, step: 'retrain' },
    digest: '',
    body: { ...body, at: timeText(ctx.now) },
  });
}
