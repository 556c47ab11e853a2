import type { RolloutWait, Routes, ServedVersion, StepAsk } from '../../schemas/index.js';

/*
 * The rollout machine: waiting → recording → granted → at step 0 → … → at the last step → done, and from everywhere to
 * stopped. `advance` is the only place where a phase changes.
 */

/** `paused` is at a step that somebody's `resume` ends. One that is `done` or `stopped` leaves its endpoint. */
export type RolloutPhase = 'waiting' | 'recording' | 'granted' | 'atStep' | 'paused' | 'done' | 'stopped';

/** A rollout as its owner sees it: a value, replaced whenever it moves on. */
export interface OwnedRollout {
  readonly workflowId: string;
  readonly runId: string;
  readonly version: ServedVersion;
  readonly gate: string;
  readonly phase: RolloutPhase;
  /** how many steps it has; the last one promotes */
  readonly steps: number;
  /** the place of the step that it is at, or that comes first */
  readonly step: number;
  /** milliseconds since 1970 of its last move */
  readonly since: number;
  readonly approvedBy: string | null;
  /** handed out with the grant; empty before */
  readonly nonce: string;
  /** where to return to when a check fails: the routes when it was granted */
  readonly before: Routes;
  /** what it asked for while the model was paused */
  readonly held?: StepAsk;
  /** what its step waits for besides a person, as it said when it was last looked at */
  readonly waits?: RolloutWait | null;
}

type Asked = Pick<OwnedRollout, 'workflowId' | 'runId' | 'version' | 'gate' | 'steps' | 'before'>;

/** A rollout whose gate has just opened. */
export function waitingRollout({ workflowId, runId, version, gate, steps, before }: Asked, now: number): OwnedRollout {
  const asked = { workflowId, runId, version, gate, steps, before };
  return { ...asked, phase: 'waiting', step: 0, since: now, approvedBy: null, nonce: '' };
}

export type RolloutMove =
  /** a person approved it; the ledger does not say so yet */
  | { readonly kind: 'approved'; readonly by: string }
  /** the ledger has the approval: it may load its version and move the routes away from `before` */
  | { readonly kind: 'granted'; readonly before: Routes; readonly nonce: string }
  | { readonly kind: 'stepAsked'; readonly step: number; readonly wants: StepAsk['wants']['kind'] }
  | { readonly kind: 'resumed' }
  /** the servers have its last step's routes */
  | { readonly kind: 'promoted' }
  /** rejected, refused, rolled back, given up */
  | { readonly kind: 'stopped' };

/** The rollout after a move; the same one where the move does not fit: it comes too late, twice or out of order. */
export function advance(rollout: OwnedRollout, move: RolloutMove, now: number): OwnedRollout {
  const change = changeBy(rollout, move);
  if (change === null) return rollout;
  const { waits: _over, ...moved } = rollout;
  return { ...moved, ...change, since: now };
}

function changeBy(rollout: OwnedRollout, move: RolloutMove): Partial<OwnedRollout> | null {
  const { phase } = rollout;
  if (isOver(rollout)) return null;
  switch (move.kind) {
    case 'approved':
      return phase === 'waiting' ? { phase: 'recording', approvedBy: move.by } : null;
    case 'granted':
      return phase === 'recording' ? { phase: 'granted', before: move.before, nonce: move.nonce } : null;
    case 'stepAsked':
      return stepBy(rollout, move);
    case 'resumed':
      return phase === 'paused' ? { phase: 'atStep' } : null;
    case 'promoted':
      return phase === 'atStep' && isAtLastStep(rollout) ? { phase: 'done' } : null;
    case 'stopped':
      return { phase: 'stopped' };
  }
}

/** Forward only, and to the last step exactly by asking for promotion. */
function stepBy(
  rollout: OwnedRollout,
  { step, wants }: Extract<RolloutMove, { kind: 'stepAsked' }>,
): Partial<OwnedRollout> | null {
  const isNext = rollout.phase === 'granted' || (rollout.phase === 'atStep' && step > rollout.step);
  const isLast = step === rollout.steps - 1;
  if (!isNext || step < 0 || step >= rollout.steps || isLast !== (wants === 'promote')) return null;
  return { phase: wants === 'pause' ? 'paused' : 'atStep', step };
}

/** Moves the rollout of an endpoint on; one that is over leaves it. False where the move does not fit. */
export function advanceOn(endpoint: { rollout: OwnedRollout | null }, move: RolloutMove, now: number): boolean {
  const before = endpoint.rollout;
  if (before === null) return false;
  const after = advance(before, move, now);
  endpoint.rollout = isOver(after) ? null : after;
  return after !== before;
}

export const isOver = ({ phase }: OwnedRollout) => phase === 'done' || phase === 'stopped';

/** From its grant on a rollout may move routes. */
export const isGranted = ({ phase }: OwnedRollout) => phase === 'granted' || phase === 'atStep' || phase === 'paused';

export const isAtLastStep = ({ step, steps }: OwnedRollout) => step === steps - 1;
