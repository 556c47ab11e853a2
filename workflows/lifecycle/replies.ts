import type { CommandReply, ErrorCode, RolloutEvent } from '../../schemas/index.js';
import type { Context } from './context.js';
import { bytesOfAll, keepWithin } from './handed-on/bytes.js';
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

/** A wrong body is told by its fields; everything else by its code first. */
const inWords = ({ code, message }: Refusal) => (code === 'InvalidInput' ? message : `${code}: ${message}`);

interface Refused {
  readonly name: string;
  readonly refusal: Refusal;
  readonly requestId?: string;
}

/** A message that changes nothing: counted, kept in a short ring, shown in `status`. */
export function refuse(state: LifecycleState, refused: Refused, { now }: Context): CommandReply {
  const { name, refusal, requestId = '' } = refused;
  const reason = inWords(refusal);
  state.counts.refused += 1;
  const { code } = refusal;
  const line = { message: shorten(name, 60), code, reason: shorten(reason), at: timeText(now) };
  remember(state.refused, line, limits.refused);
  keepWithin(state.refused, limits.refusedBytes);
  return { accepted: false, changed: false, code, served: true, message: reason, requestId };
}

/** What serves an environment; null where nothing does. */
export const servingIn = (state: LifecycleState, environment: string): number | null =>
  state.endpoints.find((e) => e.environment === environment)?.routes.current?.version ?? null;

/** A flood of questions is not answered one by one: what is not delivered yet bounds what may be added, and its bytes. */
export function answerRun(
  state: LifecycleState,
  { workflowId, runId }: Pick<AddressedEvent, 'workflowId' | 'runId'>,
  event: RolloutEvent,
): void {
  const isFull = state.events.length >= limits.events || bytesOfAll(state.events) > limits.eventBytes;
  if (!isFull) state.events.push({ workflowId, runId, event });
}

/** Why something that only says who sent it counts for nothing; null where it counts. Unknown is not "no". */
export function whyUnproven({ signaturesRequired }: LifecycleState, what: string): Refusal | null {
  if (signaturesRequired === false) return null;
  if (signaturesRequired)
    return { code: 'SIGNATURE_REQUIRED', message: `this model is in the production profile, where ${what}` };
  return {
    code: 'LEDGER_UNAVAILABLE',
    message: 'it is not known yet whether answers must be signed; send it again later',
  };
}
