import type { CommandReply } from '../schemas/index.js';
import { type LifecycleState, limits, remember, shorten, timeText } from './lifecycle-state.js';

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
export function refuse(st: LifecycleState, now: number, message: string, reason: string, requestId = ''): CommandReply {
  st.counts.refused += 1;
  remember(st.refused, { message: shorten(message, 60), reason: shorten(reason), at: timeText(now) }, limits.refused);
  return { accepted: false, changed: false, message: reason, requestId };
}
