import type { CommandReply, RolloutNews } from '../../schemas/index.js';
import { type LifecycleState, limits, type Outgoing, remember, shorten, timeText } from './state.js';

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

/** What serves an environment; null where nothing does. */
export const servingIn = (st: LifecycleState, environment: string): number | null =>
  st.endpoints.find((e) => e.environment === environment)?.routes.current?.version ?? null;

/** A flood of questions is not answered one by one: what is not delivered yet bounds what may be added. */
export function answerRun(
  st: LifecycleState,
  { workflowId, runId }: Pick<Outgoing, 'workflowId' | 'runId'>,
  news: RolloutNews,
): void {
  if (st.outgoing.length < limits.outgoing) st.outgoing.push({ workflowId, runId, news });
}
