import type { CommandReply, ErrorCode, RolloutEvent } from '../../schemas/index.js';
import type { Context } from './context.js';
import { type AddressedEvent, type LifecycleState, limits, remember, shorten, timeText } from './state.js';

/** Why a message changes nothing: the code is for programs, the message for people. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

export const accepted = (message: string, requestId: string): CommandReply => ({
  accepted: true,
  changed: true,
  code: null,
  served: true,
  message,
  requestId,
});

export const unchanged = (message: string, requestId: string): CommandReply => ({
  ...accepted(message, requestId),
  changed: false,
});

interface Refused {
  readonly name: string;
  readonly refusal: Refusal;
  readonly requestId?: string;
}

/** A message that changes nothing: counted, kept in a short ring, shown in `status`. */
export function refuse(state: LifecycleState, refused: Refused, { now }: Context): CommandReply {
  const { name, refusal, requestId = '' } = refused;
  const reason = `${refusal.code}: ${refusal.message}`;
  state.counts.refused += 1;
  remember(state.refused, { message: shorten(name, 60), reason: shorten(reason), at: timeText(now) }, limits.refused);
  return { accepted: false, changed: false, code: refusal.code, served: true, message: reason, requestId };
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
