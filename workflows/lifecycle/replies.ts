import type { CommandReply, RolloutEvent } from '../../schemas/index.js';
import { type AddressedEvent, type LifecycleState, limits, remember, shorten, timeText } from './state.js';

export const accepted = (message: string, requestId: string): CommandReply => ({
  accepted: true,
  changed: true,
  message,
  requestId,
});

export const unchanged = (message: string, requestId: string): CommandReply => ({
  ...accepted(message, requestId),
  changed: false,
});

/** A message that changes nothing: counted, kept in a short ring, shown in `status`. */
export function refuse(
  state: LifecycleState,
  now: number,
  message: string,
  reason: string,
  requestId = '',
): CommandReply {
  state.counts.refused += 1;
  remember(
    state.refused,
    { message: shorten(message, 60), reason: shorten(reason), at: timeText(now) },
    limits.refused,
  );
  return { accepted: false, changed: false, message: reason, requestId };
}

/** What serves an environment; null where nothing does. */
export const servingIn = (state: LifecycleState, environment: string): number | null =>
  state.endpoints.find((e) => e.environment === environment)?.routes.current?.version ?? null;

/** A flood of questions is not answered one by one: what is not delivered yet bounds what may be added. */
export function answerRun(
  state: LifecycleState,
  { workflowId, runId }: Pick<AddressedEvent, 'workflowId' | 'runId'>,
  event: RolloutEvent,
): void {
  if (state.events.length < limits.events) state.events.push({ workflowId, runId, event });
}
