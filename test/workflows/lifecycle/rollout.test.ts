import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  isOver,
  type OwnedRollout,
  type RolloutMove,
  type RolloutPhase,
} from '../../../workflows/lifecycle/rollout.js';
import { served } from './fixtures.js';

const before = { current: served(1), candidate: null, previous: null };
const rollout = (phase: RolloutPhase, step = 0): OwnedRollout => ({
  workflowId: 'deploy/m/production',
  runId: 'run-2',
  version: served(2),
  gate: 'deploy/production/v2/run-2',
  phase,
  steps: 4,
  step,
  since: 0,
  approvedBy: null,
  nonce: '',
  before: { current: null, candidate: null, previous: null },
});

const approved: RolloutMove = { kind: 'approved', by: 'ana' };
const granted: RolloutMove = { kind: 'granted', nonce: 'n', before };
const asked = (step: number, wants: 'share' | 'pause' | 'promote' = 'share'): RolloutMove => ({
  kind: 'stepAsked',
  step,
  wants,
});
const resumed: RolloutMove = { kind: 'resumed' };
const promoted: RolloutMove = { kind: 'promoted' };
const stopped: RolloutMove = { kind: 'stopped' };

describe('a rollout', () => {
  it.each<[RolloutPhase, number, RolloutMove, RolloutPhase, number]>([
    ['waiting', 0, approved, 'recording', 0],
    ['recording', 0, granted, 'granted', 0],
    ['granted', 0, asked(0), 'atStep', 0],
    ['granted', 0, asked(2), 'atStep', 2],
    ['granted', 0, asked(3, 'promote'), 'atStep', 3],
    ['granted', 0, asked(0, 'pause'), 'paused', 0],
    ['atStep', 0, asked(1, 'pause'), 'paused', 1],
    ['paused', 1, resumed, 'atStep', 1],
    ['atStep', 1, asked(3, 'promote'), 'atStep', 3],
    ['atStep', 3, promoted, 'done', 3],
    ['waiting', 0, stopped, 'stopped', 0],
    ['recording', 0, stopped, 'stopped', 0],
    ['granted', 0, stopped, 'stopped', 0],
    ['atStep', 3, stopped, 'stopped', 3],
    ['paused', 1, stopped, 'stopped', 1],
  ])('that is %s at step %i is moved by %o to %s at step %i', (phase, step, move, then, at) => {
    expect(advance(rollout(phase, step), move, 7)).toMatchObject({ phase: then, step: at, since: 7 });
  });

  it.each<[RolloutPhase, number, RolloutMove]>([
    ['waiting', 0, granted],
    ['waiting', 0, asked(0)],
    ['recording', 0, approved],
    ['recording', 0, asked(0)],
    ['granted', 0, granted],
    ['granted', 0, promoted],
    ['granted', 0, asked(4)],
    ['granted', 0, asked(-1)],
    ['atStep', 1, asked(1)],
    ['atStep', 1, asked(0)],
    ['atStep', 1, asked(2, 'promote')],
    ['atStep', 1, asked(3, 'share')],
    ['atStep', 1, asked(3, 'pause')],
    ['atStep', 1, promoted],
    ['atStep', 1, resumed],
    ['paused', 1, asked(2)],
    ['paused', 1, promoted],
    ['done', 3, stopped],
    ['stopped', 1, approved],
  ])('that is %s at step %i is not moved by %o', (phase, step, move) => {
    const unmoved = rollout(phase, step);
    expect(advance(unmoved, move, 7)).toBe(unmoved);
  });

  it('remembers who approved it, and the routes when it was granted', () => {
    const recording = advance(rollout('waiting'), approved, 1);
    expect(advance(recording, granted, 2)).toMatchObject({ approvedBy: 'ana', before, since: 2 });
  });
});

const order: RolloutPhase[] = ['waiting', 'recording', 'granted', 'paused', 'atStep', 'done', 'stopped'];

/** How far a rollout is: a later step is further, also where it pauses. */
function progress({ phase, step }: OwnedRollout): number {
  if (phase === 'done' || phase === 'stopped') return 1000;
  return order.indexOf(phase) + 10 * (phase === 'atStep' || phase === 'paused' ? step : 0);
}

const isForward = (now: OwnedRollout, next: OwnedRollout) =>
  !isOver(now) &&
  progress(next) > progress(now) &&
  (next.phase !== 'done' || (now.phase === 'atStep' && now.step === now.steps - 1));

const moves: fc.Arbitrary<RolloutMove> = fc.oneof(
  fc.constantFrom(approved, granted, resumed, promoted),
  { arbitrary: fc.constant(stopped), weight: 1 },
  {
    arbitrary: fc
      .tuple(fc.integer({ min: -1, max: 5 }), fc.constantFrom('share' as const, 'pause' as const, 'promote' as const))
      .map(([step, wants]) => asked(step, wants)),
    weight: 4,
  },
);

it('never goes back, is promoted only from its last step, and what is over stays over', () => {
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 40 }), (sequence) => {
      let now = rollout('waiting');
      for (const move of sequence) {
        const next = advance(now, move, 1);
        expect({ now, next, isAllowed: next === now || isForward(now, next) }).toMatchObject({ isAllowed: true });
        now = next;
      }
    }),
    { numRuns: 2000 },
  );
});
