import type { CommandReply, ErrorCode, RolloutEvent } from '../../schemas/index.js';
import type { Context } from './context.js';
import { bytesOfAll, keepWithin, measureNow } from './handed-on/bytes.js';
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
  return { accepted: false, changed: false, code, served: true, message: refusal.message, requestId };
}

/** Why a rollout has nothing to do: nobody rejected its version. */
export const servesAlready = (version: number, environment: string): string =>
  `nothing was rolled out: version ${version} serves ${environment} already`;

/** What serves an environment; null where nothing does. */
export const servingIn = (state: LifecycleState, environment: string): number | null =>
  state.endpoints.find((e) => e.environment === environment)?.routes.current?.version ?? null;

/**
 * Tells one run of a rollout something: it is kept until the run asks, and the run is woken. Of its steps only the one
 * done last is kept, and of runs that are over what was told last.
 */
export function tell(
  state: LifecycleState,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
  event: RolloutEvent,
): void {
  const isOld = (told: AddressedEvent) => told.runId === runId && told.event.kind === event.kind;
  state.told = [...state.told.filter((told) => !isOld(told)), { runId, event }];
  const isLive = (told: AddressedEvent) => state.endpoints.some((e) => e.rollout?.runId === told.runId);
  const isTooMuch = () => state.told.length > limits.told || bytesOfAll(state.told) > limits.toldBytes;
  while (state.told.length > 1 && isTooMuch()) {
    const over = state.told.findIndex((told) => !isLive(told));
    state.told.splice(Math.max(0, over), 1);
  }
  if (!state.wakes.includes(workflowId)) remember(state.wakes, workflowId, limits.looks);
  while (state.wakes.length > 1 && measureNow(state.wakes) > limits.hintBytes) state.wakes.shift();
}

/** Rollouts that are approved and held by the pause of the model hear so: who looks at them is told why they wait. */
export function tellHeld(state: LifecycleState): void {
  for (const { rollout } of state.endpoints)
    if (rollout?.phase === 'recording') tell(state, rollout, { kind: 'approved', by: rollout.approvedBy ?? '' });
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
