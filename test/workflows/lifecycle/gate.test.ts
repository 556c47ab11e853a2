import { describe, expect, it } from 'vitest';
import { statusText } from '../../../scripts/cli/status-text.js';
import { lifecycleCard, statusOf } from '../../../workflows/lifecycle/display.js';
import { takeLook } from '../../../workflows/lifecycle/rollout-looks.js';
import type { LifecycleState } from '../../../workflows/lifecycle/state.js';
import {
  abandon,
  ask,
  askStep,
  begin,
  digestOf,
  gone,
  grant,
  nonce,
  production,
  promote,
  pushAll,
  recordAll,
  refusalOf,
  send,
  serving,
  stateOf,
  step,
  takeEvents,
} from './fixtures.js';

const approve = { by: 'ana' };

const kindsToRecord = (state: LifecycleState) => state.factsToRecord.map(({ kind }) => kind);

describe('an answer at a gate', () => {
  it('is recorded and refused where nothing waits', () => {
    const state = stateOf();
    const reply = send(state, 'approve', approve);
    expect(reply).toMatchObject({
      accepted: false,
      code: 'NOTHING_WAITING',
      message: 'nothing waits for an approval now',
    });
    expect(state.refused).toMatchObject([{ message: 'approve' }]);
    expect(state.factsToRecord).toEqual([]);
  });

  it('is not kept for a gate that opens later', () => {
    const state = stateOf();
    send(state, 'approve', { ...approve, version: 1 });
    ask(state, 1);
    expect(state.gates).toMatchObject([{ version: 1, environment: 'production' }]);
    expect(production(state).rollout?.phase).toBe('waiting');
  });

  it('binds to the one gate that waits', () => {
    const state = stateOf();
    ask(state, 1);
    expect(send(state, 'approve', approve)).toMatchObject({
      accepted: true,
      message: 'approved version 1 for production',
    });
    expect(state.gates).toEqual([]);
    expect(state.factsToRecord).toMatchObject([
      { kind: 'approval', body: { decision: 'approve', decidedBy: 'ana', version: 1, provenBy: 'unsigned' } },
      { kind: 'gateDecision', body: { decision: 'approved', decidedBy: ['ana'], quorum: 1, version: 1 } },
    ]);
    expect(production(state).rollout?.phase).toBe('recording');
  });

  it('is recorded with the signature that it came with, in full', () => {
    const state = stateOf();
    ask(state, 1);
    const signature = 'x'.repeat(4000);
    send(state, 'approve', { ...approve, signature });
    expect(state.factsToRecord[0]).toMatchObject({ kind: 'approval', body: { decidedBy: 'ana', signature } });
    const other = stateOf();
    ask(other, 1);
    send(other, 'reject', approve);
    expect(other.factsToRecord[0]).toMatchObject({ kind: 'approval', body: { signature: null } });
  });

  it('is refused with the choices where it is ambiguous', () => {
    const state = stateOf();
    ask(state, 1);
    ask(state, 1, { environment: 'staging', runId: 'run-s' });
    const reply = send(state, 'approve', approve);
    expect(reply.accepted).toBe(false);
    expect(refusalOf(reply)).toMatch(/^ANSWER_AMBIGUOUS: .*version 1 for production .*version 1 for staging/);
    expect(send(state, 'approve', { ...approve, environment: 'staging' }).accepted).toBe(true);
    expect(state.gates.map((g) => g.environment)).toEqual(['production']);
  });

  it.each([
    [{ modelDigest: digestOf(9) }, /^ANSWER_MISMATCH: modelDigest/],
    [{ evidenceDigest: digestOf(9) }, /^ANSWER_MISMATCH: evidenceDigest/],
    [{ version: 9 }, /^NOTHING_WAITING: the answer names nothing that waits; waiting: version 1/],
    [{ gate: 'deploy/production/v9' }, /^NOTHING_WAITING/],
    [{ environment: 'staging' }, /^NOTHING_WAITING/],
  ])('that names %o is refused and leaves the gate open', (named, why) => {
    const state = stateOf();
    ask(state, 1);
    expect(refusalOf(send(state, 'approve', { ...approve, ...named }))).toMatch(why);
    expect(state.gates).toHaveLength(1);
  });

  it('takes effect once for one requestId', () => {
    const state = stateOf();
    ask(state, 1);
    send(state, 'approve', { ...approve, requestId: 'r1' });
    expect(send(state, 'approve', { ...approve, requestId: 'r1' })).toMatchObject({
      accepted: true,
      requestId: 'approve:r1',
    });
    expect(state.counts).toMatchObject({ duplicates: 1, refused: 0 });
    expect(kindsToRecord(state)).toEqual(['approval', 'gateDecision']);
  });

  it('takes effect once without a requestId: the gate it meant is closed', () => {
    const state = stateOf();
    ask(state, 1);
    send(state, 'approve', approve);
    expect(send(state, 'approve', approve)).toMatchObject({ accepted: false });
    expect(kindsToRecord(state)).toEqual(['approval', 'gateDecision']);
  });

  it('of approval after a rejection finds nothing', () => {
    const state = stateOf();
    ask(state, 1);
    send(state, 'reject', { by: 'ben', comment: 'calibration is off' });
    expect(takeEvents(state)).toEqual([
      { kind: 'refused', reason: 'ben rejected it: calibration is off', serving: null },
    ]);
    expect(refusalOf(send(state, 'approve', approve))).toMatch(/^NOTHING_WAITING/);
    recordAll(state);
    expect(takeEvents(state)).toEqual([]);
  });

  it('counts for nothing unsigned where signatures are required', () => {
    const state = stateOf();
    state.signaturesRequired = true;
    ask(state, 1);
    expect(refusalOf(send(state, 'approve', approve))).toMatch(/^SIGNATURE_REQUIRED/);
    expect(state.gates).toHaveLength(1);
  });
});

describe('a gate that asks for two people', () => {
  const needsTwo = { environments: [{ name: 'production', policy: { quorum: 2, excluded: ['eve'] } }] };
  const waiting = (input: object = needsTwo) => {
    const state = stateOf(input);
    ask(state, 1);
    return state;
  };

  it('waits on after the first, and the same person again changes nothing', () => {
    const state = waiting();
    const first = send(state, 'approve', approve);
    expect(first).toMatchObject({ changed: true, code: null });
    expect(first.message).toBe('approved version 1 for production: 1 of 2 approvals');
    expect(send(state, 'approve', { ...approve, comment: 'still' })).toMatchObject({ accepted: true, changed: false });
    expect(state.gates).toMatchObject([{ answers: [{ by: 'ana', decision: 'approve' }] }]);
    expect(kindsToRecord(state)).toEqual(['approval']);
    expect(production(state).rollout?.phase).toBe('waiting');
    expect(state.history.at(-1)?.what).toBe('ana approved version 1 for production (1 of 2)');
    send(state, 'approve', { by: 'ben' });
    expect(state.history.at(-1)?.what).toBe('ben approved version 1 for production (2 of 2)');
  });

  it('opens with the second, under a fact for each and one for the decision', () => {
    const state = waiting();
    send(state, 'approve', approve);
    send(state, 'approve', { by: 'ben' });
    expect(state.gates).toEqual([]);
    expect(state.factsToRecord.map((f) => f.key.split('/').at(-1))).toEqual(['ana', 'ben', 'run-1']);
    expect(state.factsToRecord.at(-1)).toMatchObject({ body: { decision: 'approved', decidedBy: ['ana', 'ben'] } });
    recordAll(state);
    expect(takeEvents(state)).toMatchObject([{ kind: 'granted', approvedBy: 'ana, ben' }]);
  });

  it('is rejected by one, also by one who approved before', () => {
    for (const by of ['ana', 'ben']) {
      const state = waiting();
      send(state, 'approve', approve);
      send(state, 'reject', { by, comment: 'too cold' });
      expect(new Set(state.factsToRecord.map((f) => f.key)).size).toBe(3);
      expect(state.factsToRecord.at(-1)).toMatchObject({ body: { decision: 'rejected', decidedBy: [by] } });
      expect(takeEvents(state)).toMatchObject([{ kind: 'refused', reason: `${by} rejected it: too cold` }]);
    }
  });

  it('counts nobody whom its policy leaves out, and says so with a code', () => {
    const state = waiting();
    expect(send(state, 'approve', { by: 'eve' })).toMatchObject({ accepted: false, code: 'ANSWER_NOT_ALLOWED' });
    const named = waiting({ environments: [{ name: 'production', policy: { approvers: ['ana', 'ben'], quorum: 2 } }] });
    expect(send(named, 'approve', { by: 'carl' })).toMatchObject({ accepted: false, code: 'ANSWER_NOT_ALLOWED' });
    expect([...state.factsToRecord, ...named.factsToRecord]).toEqual([]);
  });

  it('lets an approval that has expired be given again, and keeps only those that stand', () => {
    const policy = { quorum: 2, approvalsExpireAfter: '1 hour' };
    const state = waiting({ environments: [{ name: 'production', policy }] });
    const hours = (n: number) => begin + n * 3_600_000;
    send(state, 'approve', approve, begin);
    expect(send(state, 'approve', { by: 'ben' }, hours(3)).message).toMatch(/1 of 2 approvals$/);
    expect(send(state, 'approve', approve, hours(3.5))).toMatchObject({ changed: true });
    expect(state.gates).toEqual([]);
    expect(new Set(state.factsToRecord.map((f) => f.key)).size).toBe(4);
    const flooded = waiting({ environments: [{ name: 'production', policy }] });
    for (let i = 0; i < 30; i++) send(flooded, 'approve', { by: `p${i}` }, hours(2 * i));
    expect(flooded.gates[0]?.answers).toHaveLength(1);
  });

  it('gives no two answers one key, whatever people are called', () => {
    const state = waiting({ environments: [{ name: 'production', policy: { quorum: 3 } }] });
    for (const [name, by] of [
      ['approve', 'ana'],
      ['approve', 'ana/2'],
      ['approve', '2/ana'],
      ['reject', 'ana'],
    ] as const)
      send(state, name, { by });
    expect(new Set(state.factsToRecord.map((f) => f.key)).size).toBe(state.factsToRecord.length);
  });

  it('keeps the policy of its owner, whatever the deployment asks for', () => {
    const state = stateOf(needsTwo);
    ask(state, 1, { policy: { quorum: 1 } });
    expect(state.gates).toMatchObject([{ policy: { quorum: 2 } }]);
    const without = stateOf();
    ask(without, 1, { policy: { quorum: 3 } });
    expect(without.gates).toMatchObject([{ policy: { quorum: 3 } }]);
  });
});

describe('a rollout', () => {
  it('goes on only once its approval is in the ledger', () => {
    const state = stateOf();
    ask(state, 1);
    send(state, 'approve', approve);
    expect(takeEvents(state)).toEqual([]);
    recordAll(state);
    expect(takeEvents(state)).toMatchObject([
      { kind: 'granted', approvedBy: 'ana', firstVersion: true, fence: { generation: 1, step: 0 } },
    ]);
  });

  it('is refused while another one is under way on the endpoint', () => {
    const state = stateOf();
    ask(state, 1);
    ask(state, 2, { workflowId: 'deploy/by-hand' });
    expect(takeEvents(state)).toEqual([
      { kind: 'refused', reason: 'deploy/flight-delay/production rolls out version 1 to production', serving: null },
    ]);
    expect(state.gates.map((g) => g.version)).toEqual([1]);
  });

  it('is refused for the version that serves already', () => {
    const state = stateOf();
    promote(state, 1);
    ask(state, 1, { runId: 'again' });
    expect(takeEvents(state)).toEqual([
      { kind: 'refused', reason: 'nothing was rolled out: version 1 serves production already', serving: 1 },
    ]);
  });

  it('takes the place of an earlier run of the same workflow, which is gone', () => {
    const state = stateOf();
    ask(state, 1);
    ask(state, 2);
    expect(state.gates.map((g) => g.version)).toEqual([2]);
    expect(production(state).rollout?.runId).toBe('run-2');
  });

  it('that its owner does not know is told so when it asks for a step', () => {
    const state = stateOf();
    promote(state, 1);
    step(state, 2, 'share');
    expect(takeEvents(state)).toMatchObject([{ kind: 'stopped', by: 'owner', serving: 1 }]);
    expect(serving(state)).toBe(1);
  });

  it('that asks for a step without what its owner handed out with the grant is a stranger', () => {
    const state = stateOf();
    promote(state, 1);
    grant(state, 2);
    takeEvents(state);
    askStep(state, 2, { step: 2, wants: { kind: 'promote' }, nonce: 'made-up' });
    expect(serving(state)).toBe(1);
    expect(takeEvents(state)).toMatchObject([{ kind: 'stopped', by: 'owner' }]);
  });

  it('is moved by its own workflow alone, whoever knows its run and what was handed out', () => {
    const state = stateOf();
    promote(state, 1);
    grant(state, 2);
    takeEvents(state);
    const other = { workflowId: 'deploy/mine', runId: 'run-2', environment: 'production' };
    const wants = { step: 2, wants: { kind: 'promote' as const }, nonce };
    takeLook(
      state,
      { workflowId: other.workflowId, found: { kind: 'asks', ask: { kind: 'step', ...other, ...wants } } },
      begin,
    );
    const ask = { kind: 'giveUp' as const, ...other, reason: 'not mine' };
    takeLook(state, { workflowId: other.workflowId, found: { kind: 'asks', ask } }, begin);
    expect(serving(state)).toBe(1);
    expect(production(state).rollout).toMatchObject({ phase: 'granted', workflowId: 'deploy/flight-delay/production' });
  });

  it('that wants its gate again, because its owner may have begun anew, has one gate', () => {
    const state = stateOf();
    ask(state, 1);
    ask(state, 1);
    expect(state.gates).toHaveLength(1);
  });

  it('whose version serves meanwhile is refused, and the way back stays', () => {
    const state = stateOf();
    promote(state, 1);
    promote(state, 2);
    ask(state, 1);
    send(state, 'rollback', { by: 'ana', reason: 'late answers' });
    pushAll(state);
    send(state, 'approve', { by: 'ana', version: 1 });
    recordAll(state);
    expect(takeEvents(state)).toContainEqual({
      kind: 'refused',
      reason: 'nothing was rolled out: version 1 serves production already',
      serving: 1,
    });
    expect(production(state).routes).toMatchObject({ current: { version: 1 }, previous: { version: 2 } });
  });

  it('whose workflow is gone before its grant moves nothing', () => {
    const state = stateOf();
    promote(state, 1);
    promote(state, 2);
    ask(state, 3);
    send(state, 'approve', { by: 'ana', version: 3 });
    const before = production(state);
    gone(state, before.rollout?.workflowId ?? '');
    recordAll(state);
    expect(before).toMatchObject({ rollout: null, routes: { current: { version: 2 } }, desired: before.observed });
  });

  it('leads step by step to the new version, with the old one kept warm', () => {
    const state = stateOf();
    promote(state, 1);
    grant(state, 2);
    step(state, 2, 'share');
    expect(production(state).routes).toMatchObject({
      current: { version: 1 },
      candidate: { version: 2, share: 0.1 },
      previous: null,
    });
    step(state, 2, 'promote');
    expect(production(state).routes).toMatchObject({
      current: { version: 2 },
      candidate: null,
      previous: { version: 1 },
    });
  });

  it('does not go back to its first share when that step is heard again', () => {
    const state = stateOf();
    promote(state, 1);
    grant(state, 2);
    step(state, 2, 'promote');
    step(state, 2, 'share');
    expect(production(state).routes).toMatchObject({ current: { version: 2 }, candidate: null });
  });

  it('that gives up after its first share leaves the earlier version serving', () => {
    const state = stateOf();
    promote(state, 1);
    grant(state, 2);
    step(state, 2, 'share');
    takeEvents(state);
    abandon(state, 2);
    expect(production(state)).toMatchObject({ rollout: null, routes: { current: { version: 1 }, candidate: null } });
  });

  it('that gives up while it waits moves no routes', () => {
    const state = stateOf();
    promote(state, 1);
    promote(state, 2);
    const { desired: fence } = production(state);
    ask(state, 3);
    send(state, 'rollback', { by: 'ana', reason: 'late answers' });
    expect(serving(state)).toBe(1);
    abandon(state, 3);
    expect(serving(state)).toBe(1);
    expect(production(state).desired).toEqual({ generation: fence.generation + 1, step: 0 });
    expect(state.gates).toEqual([]);
  });

  it('is not granted before a rollback ahead of it has reached the servers', () => {
    const state = stateOf();
    promote(state, 1);
    promote(state, 2);
    ask(state, 3);
    send(state, 'approve', approve);
    send(state, 'rollback', { by: 'ana', reason: 'late answers' });
    recordAll(state);
    expect(takeEvents(state)).toEqual([]);
    expect(production(state)).toMatchObject({ routes: { current: { version: 1 } }, change: { change: 'rolledBack' } });
    expect(production(state).observed).not.toEqual(production(state).desired);
  });

  it('is heard of once, also when its question arrives again after its end', () => {
    const state = stateOf();
    ask(state, 1);
    send(state, 'reject', approve);
    ask(state, 1);
    expect(state.gates).toEqual([]);
  });

  it('is shown as held where it was approved while the model is paused, or paused once approved, and how it goes on', () => {
    for (const order of [
      ['pause', 'approve'],
      ['approve', 'pause'],
    ]) {
      const state = stateOf();
      ask(state, 1);
      for (const name of order) send(state, name, { by: 'ana' });
      recordAll(state);
      expect(takeEvents(state)).toEqual([{ kind: 'approved', by: 'ana' }]);
      const status = statusOf(state);
      expect(status).toMatchObject({ stage: 'paused', endpoints: [{ rollout: { phase: 'approved, held' } }] });
      const line = `temporal workflow signal -w lifecycle/flight-delay --name resume -i '{"by":"you@example.com"}'`;
      expect(status.answerWith).toEqual([line]);
      expect(statusText(status)).toContain(
        `The rollout of version 1 to production is held: the model is paused. "resume" takes it on.\nTake it on with:\n  ${line}`,
      );
      expect(lifecycleCard(state).join('\n')).toContain('version 1 to **production** is approved, and is held');
      send(state, 'resume', { by: 'ana' });
      expect(statusOf(state)).toMatchObject({ answerWith: [], endpoints: [{ rollout: { phase: 'recording' } }] });
    }
  });

  it('is shown as held where a pause of the model holds its next step', () => {
    const state = stateOf();
    grant(state, 1);
    send(state, 'pause', { by: 'ana' });
    step(state, 1, 'share');
    const status = statusOf(state);
    expect(status.endpoints[0]?.rollout?.phase).toBe('held');
    expect(statusText(status)).toContain('version 1: held at step 1 of 3');
    expect(status.answerWith).toHaveLength(1);
  });

  it('is told no while the model is paused', () => {
    const state = stateOf();
    send(state, 'pause', { by: 'ana' });
    ask(state, 1);
    expect(takeEvents(state)).toEqual([
      { kind: 'refused', reason: 'flight-delay is paused; send "resume" and deploy again', serving: null },
    ]);
  });

  it('is told no once the model is retired', () => {
    const state = stateOf();
    send(state, 'retire', { by: 'ana', reason: 'replaced' });
    ask(state, 1);
    expect(takeEvents(state)).toEqual([{ kind: 'refused', reason: 'flight-delay is retired', serving: null }]);
  });

  it.each(['waiting', 'granted', 'at its first step'])('is told when the model is retired while it is %s', (phase) => {
    const state = stateOf();
    promote(state, 1);
    if (phase === 'waiting') ask(state, 2);
    else grant(state, 2);
    if (phase === 'at its first step') step(state, 2, 'share');
    takeEvents(state);
    send(state, 'retire', { by: 'ana', reason: 'replaced' }, begin);
    expect(takeEvents(state)).toEqual([{ kind: 'stopped', by: 'ana', reason: 'replaced', serving: null }]);
    expect(production(state).rollout).toBeNull();
    expect(production(state).routes.candidate).toBeNull();
  });
});
