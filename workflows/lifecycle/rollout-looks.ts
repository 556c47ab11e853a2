import { z } from 'zod';
import type { LookedAt } from '../../activities/activities.js';
import type { RolloutEvent, RolloutWait } from '../../schemas/index.js';
import { openGate } from './gate.js';
import { stopRollout } from './rollback.js';
import { abandonRollout, takeStep } from './rollout-steps.js';
import type { LifecycleState } from './state.js';

/*
 * Pure decisions about what a rollout's own workflow said when its owner asked it.
 */

/** What a look at a workflow found becomes what its owner does: a gate, a step, an end. */
export function takeLook(
  state: LifecycleState,
  { workflowId, found }: { readonly workflowId: string; readonly found: LookedAt },
  now: number,
): void {
  if (found.kind === 'there') return hearWait(state, workflowId, found.waits ?? null);
  const runId = found.kind === 'gone' ? null : found.ask.runId;
  stopOthers(state, { workflowId, runId }, now);
  if (found.kind === 'gone') return;
  const { ask } = found;
  if (ask.kind === 'gate') openGate(state, ask, now);
  else if (ask.kind === 'step') takeStep(state, ask, now);
  else abandonRollout(state, ask, now);
}

/** Only what differs is taken over: a look that finds nothing new changes no state. */
function hearWait(state: LifecycleState, workflowId: string, waits: RolloutWait | null): void {
  for (const endpoint of state.endpoints) {
    const { rollout } = endpoint;
    if (rollout?.workflowId !== workflowId) continue;
    if (JSON.stringify(rollout.waits ?? null) !== JSON.stringify(waits)) endpoint.rollout = { ...rollout, waits };
  }
}

/** A run that is gone, or made room for another under its id, cannot hold an endpoint. */
function stopOthers(
  state: LifecycleState,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string | null },
  now: number,
): void {
  for (const endpoint of state.endpoints) {
    const { rollout } = endpoint;
    if (rollout?.workflowId === workflowId && rollout.runId !== runId)
      stopRollout(state, endpoint, { by: 'owner', reason: 'its workflow is gone', now });
  }
}

const WhoAsks = z.object({ runId: z.string() });

/** What a run was told so far; null where it is not known here: it must say again what it wants. */
export function newsOf(state: LifecycleState, body: unknown): RolloutEvent[] | null {
  const { data: asker } = WhoAsks.safeParse(body);
  const told = state.told.filter(({ runId }) => runId === asker?.runId).map(({ event }) => event);
  const isKnown = told.length > 0 || state.endpoints.some(({ rollout }) => rollout?.runId === asker?.runId);
  return isKnown ? told : null;
}
