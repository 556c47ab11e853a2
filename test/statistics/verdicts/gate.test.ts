import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GateAnswer, GatePolicy } from '../../../schemas/index.js';
import { decideGate } from '../../../statistics/verdicts/gate.js';

const now = Date.parse('2001-03-02T00:00:00Z');
const answer = (by: string, decision: GateAnswer['decision'] = 'approve', at = '2001-03-01T12:00:00Z'): GateAnswer => ({
  by,
  decision,
  comment: null,
  at,
  provenBy: 'unsigned',
});
const [ana, ben, eve] = ['ana', 'ben', 'eve'].map((by) => answer(by)) as [GateAnswer, GateAnswer, GateAnswer];
const no = answer('ben', 'reject');

describe('answers at a gate', () => {
  it.each([
    ['none', {}, [], { kind: 'open', missing: 1 }],
    ['one of one', {}, [ana], { kind: 'approved', by: ['ana'] }],
    ['one of two', { quorum: 2 }, [ana], { kind: 'open', missing: 1 }],
    ['the same person twice', { quorum: 2 }, [ana, ana], { kind: 'open', missing: 1 }],
    [
      'the same person in other letters',
      { quorum: 2 },
      [ben, answer('Ben '), answer('BEN')],
      { kind: 'open', missing: 1 },
    ],
    ['one who is excluded, in other letters', { excluded: ['Eve'] }, [eve], { kind: 'open', missing: 1 }],
    ['an approver in other letters', { approvers: ['ANA'] }, [ana], { kind: 'approved', by: ['ana'] }],
    ['two of two', { quorum: 2 }, [ana, ben], { kind: 'approved', by: ['ana', 'ben'] }],
    ['a rejection among approvals', { quorum: 2 }, [ana, no, eve], { kind: 'rejected', by: 'ben', comment: null }],
    [
      'a rejection after an approval by the same',
      { quorum: 2 },
      [ben, no],
      { kind: 'rejected', by: 'ben', comment: null },
    ],
    ['one who is excluded', { excluded: ['eve'] }, [eve], { kind: 'open', missing: 1 }],
    ['a rejection by one who is excluded', { excluded: ['ben'] }, [no, ana], { kind: 'approved', by: ['ana'] }],
    ['one who is no approver', { approvers: ['ana'] }, [ben], { kind: 'open', missing: 1 }],
    ['one that has expired', { quorum: 2, approvalsExpireAfter: '1 hour' }, [ana, ben], { kind: 'open', missing: 2 }],
    [
      'one that has expired and a new one',
      { quorum: 2, approvalsExpireAfter: '1 hour' },
      [ana, answer('ben', 'approve', '2001-03-01T23:30:00Z')],
      { kind: 'open', missing: 1 },
    ],
  ])('%s', (_, policy, answers, decision) => {
    expect(decideGate(GatePolicy.parse(policy), answers, now)).toEqual(decision);
  });

  it('are never turned into an approval by more rejections, or by fewer people than the quorum', () => {
    const answers = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('approve', 'reject' as const)),
    );
    fc.assert(
      fc.property(answers, fc.integer({ min: 1, max: 4 }), (given, quorum) => {
        const all = given.map(([by, decision]) => answer(by, decision as GateAnswer['decision']));
        const people = new Set(all.filter((a) => a.decision === 'approve').map((a) => a.by)).size;
        const isRejected = all.some((a) => a.decision === 'reject');
        const { kind } = decideGate(GatePolicy.parse({ quorum }), all, now);
        expect(kind).toBe(isRejected ? 'rejected' : people >= quorum ? 'approved' : 'open');
      }),
    );
  });
});

it('a policy that nobody could satisfy is refused', () => {
  expect(GatePolicy.safeParse({ quorum: 2, approvers: ['ana', 'eve'], excluded: ['eve'] }).success).toBe(false);
});
