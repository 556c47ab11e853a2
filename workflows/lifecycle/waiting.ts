import type { WorkSeen } from '../../activities/owner/pending-work.js';
import { isSettled, type LifecycleState, shorten } from './state.js';

/** The name under which the state's problems say what work waits for. */
export const waits = 'waits';

const mostTold = 3;

/** Something is to be done, and not by a person. */
export function isAtWork(state: LifecycleState): boolean {
  const isWatched = (phase: string | undefined) => phase === 'paused' || phase === 'atStep';
  const waitsForPeople = state.gates.length > 0 || state.endpoints.some(({ rollout }) => isWatched(rollout?.phase));
  return !isSettled(state) || (state.running !== null && !waitsForPeople);
}

/** What keeps the work that goes on, as one text; null where it goes on. */
export function waitingInWords({ waiting, unpolled }: Omit<WorkSeen, 'says'>): string | null {
  if (waiting.length === 0) return null;
  const nobody = unpolled.length === 0 ? 'every one is busy' : `nobody asks for work on ${unpolled.join(', ')}`;
  const lines = waiting.map(({ workflowId, activity, since, why }) =>
    why === null
      ? `${activity} of ${workflowId} waits for a worker since ${since.slice(0, 19)}Z: ${nobody}`
      : `${activity} of ${workflowId} is tried again and again: ${why}`,
  );
  const told = [...new Set(lines)].slice(0, mostTold).map((line) => shorten(line));
  return told.join('; ');
}
