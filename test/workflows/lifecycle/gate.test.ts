import { describe, expect, it } from 'vitest';
import {
  abandon,
  ask,
  begin,
  digestOf,
  grant,
  production,
  promote,
  recordAll,
  send,
  served,
  serving,
  stateOf,
  step,
  takeNews,
} from './fixtures.js';

const approve = { by: 'ana' };

describe('an answer at a gate', () => {
  it('is recorded and refused where nothing waits', () => {
    const st = stateOf();
    const reply = send(st, 'approve', approve);
    expect(reply).toMatchObject({ accepted: false, message: 'NOTHING_WAITING: nothing waits for an approval now' });
    expect(st.refused).toMatchObject([{ message: 'approve' }]);
    expect(st.outbox).toEqual([]);
  });

  it('is not kept for a gate that opens later', () => {
    const st = stateOf();
    send(st, 'approve', { ...approve, version: 1 });
    ask(st, 1);
    expect(st.gates).toMatchObject([{ version: 1, environment: 'production' }]);
    expect(production(st).rollout?.phase).toBe('waiting');
  });

  it('binds to the one gate that waits', () => {
    const st = stateOf();
    ask(st, 1);
    expect(send(st, 'approve', approve)).toMatchObject({
      accepted: true,
      message: 'approved version 1 for production',
    });
    expect(st.gates).toEqual([]);
    expect(st.outbox).toMatchObject([
      { kind: 'approval', body: { decision: 'approve', decidedBy: 'ana', version: 1 } },
    ]);
    expect(production(st).rollout?.phase).toBe('recording');
  });

  it('is refused with the choices where it is ambiguous', () => {
    const st = stateOf();
    ask(st, 1);
    ask(st, 1, { environment: 'staging', runId: 'run-s' });
    const reply = send(st, 'approve', approve);
    expect(reply.accepted).toBe(false);
    expect(reply.message).toMatch(/^ANSWER_AMBIGUOUS: .*version 1 for production .*version 1 for staging/);
    expect(send(st, 'approve', { ...approve, environment: 'staging' }).accepted).toBe(true);
    expect(st.gates.map((g) => g.environment)).toEqual(['production']);
  });

  it.each([
    [{ modelDigest: digestOf(9) }, /^ANSWER_MISMATCH: modelDigest/],
    [{ evidenceDigest: digestOf(9) }, /^ANSWER_MISMATCH: evidenceDigest/],
    [{ version: 9 }, /^NOTHING_WAITING: the answer names nothing that waits; waiting: version 1/],
    [{ gate: 'deploy/production/v9' }, /^NOTHING_WAITING/],
    [{ environment: 'staging' }, /^NOTHING_WAITING/],
  ])('that names %o is refused and leaves the gate open', (named, why) => {
    const st = stateOf();
    ask(st, 1);
    expect(send(st, 'approve', { ...approve, ...named }).message).toMatch(why);
    expect(st.gates).toHaveLength(1);
  });

  it('takes effect once for one requestId', () => {
    const st = stateOf();
    ask(st, 1);
    send(st, 'approve', { ...approve, requestId: 'r1' });
    expect(send(st, 'approve', { ...approve, requestId: 'r1' })).toMatchObject({
      accepted: true,
      requestId: 'approve:r1',
    });
    expect(st.counts).toMatchObject({ duplicates: 1, refused: 0 });
    expect(st.outbox).toHaveLength(1);
  });

  it('takes effect once without a requestId: the gate it meant is closed', () => {
    const st = stateOf();
    ask(st, 1);
    send(st, 'approve', approve);
    expect(send(st, 'approve', approve)).toMatchObject({ accepted: false });
    expect(st.outbox).toHaveLength(1);
  });

  it('of approval after a rejection finds nothing', () => {
    const st = stateOf();
    ask(st, 1);
    send(st, 'reject', { by: 'ben', comment: 'calibration is off' });
    expect(takeNews(st)).toEqual([{ kind: 'refused', reason: 'ben rejected it: calibration is off', serving: null }]);
    expect(send(st, 'approve', approve).message).toMatch(/^NOTHING_WAITING/);
    recordAll(st);
    expect(takeNews(st)).toEqual([]);
  });

  it('counts for nothing unsigned where signatures are required', () => {
    const st = stateOf();
    st.signaturesRequired = true;
    ask(st, 1);
    expect(send(st, 'approve', approve).message).toMatch(/^SIGNATURE_REQUIRED/);
    expect(st.gates).toHaveLength(1);
  });
});

describe('a rollout', () => {
  it('goes on only once its approval is in the ledger', () => {
    const st = stateOf();
    ask(st, 1);
    send(st, 'approve', approve);
    expect(takeNews(st)).toEqual([]);
    recordAll(st);
    expect(takeNews(st)).toMatchObject([
      { kind: 'granted', approvedBy: 'ana', firstVersion: true, fence: { generation: 1, step: 0 } },
    ]);
  });

  it('is refused while another one is under way on the endpoint', () => {
    const st = stateOf();
    ask(st, 1);
    const other = {
      workflowId: 'deploy/by-hand',
      runId: 'run-x',
      environment: 'production',
      version: { version: 2, modelDigest: digestOf(2), packageDigest: digestOf(1002) },
      evidence: [],
      evidenceDigest: digestOf(1002),
    };
    send(st, 'rolloutRequested', other);
    expect(takeNews(st)).toEqual([
      { kind: 'refused', reason: 'deploy/flight-delay/production rolls out version 1 to production', serving: null },
    ]);
    expect(st.gates.map((g) => g.version)).toEqual([1]);
  });

  it('is refused for the version that serves already', () => {
    const st = stateOf();
    promote(st, 1);
    ask(st, 1, { runId: 'again' });
    expect(takeNews(st)).toEqual([{ kind: 'refused', reason: 'version 1 serves production already', serving: 1 }]);
  });

  it('takes the place of an earlier run of the same workflow, which is gone', () => {
    const st = stateOf();
    ask(st, 1);
    ask(st, 2);
    expect(st.gates.map((g) => g.version)).toEqual([2]);
    expect(production(st).rollout?.runId).toBe('run-2');
  });

  it('that its owner does not know is told so when it asks for a step', () => {
    const st = stateOf();
    promote(st, 1);
    step(st, 2, 'canary');
    expect(takeNews(st)).toMatchObject([{ kind: 'stopped', by: 'owner', serving: 1 }]);
    expect(serving(st)).toBe(1);
  });

  it('that asks for its gate with a body that cannot be kept is told so', () => {
    const st = stateOf();
    const asked = {
      workflowId: 'deploy/x',
      runId: 'r',
      environment: 'production',
      version: served(1),
      evidenceDigest: digestOf(1),
    };
    send(st, 'rolloutRequested', { ...asked, evidence: ['x'.repeat(9000)] });
    send(st, 'rolloutRequested', { ...asked, evidence: ['\u0000'] });
    send(st, 'rolloutRequested', { ...asked, evidence: 'none' });
    expect(takeNews(st).map((news) => news.kind)).toEqual(['refused', 'refused', 'refused']);
    expect(st.gates).toEqual([]);
  });

  it('leads step by step to the new version, with the old one kept warm', () => {
    const st = stateOf();
    promote(st, 1);
    grant(st, 2);
    step(st, 2, 'canary');
    expect(production(st).routes).toMatchObject({
      current: { version: 1 },
      canary: { version: 2, share: 0.1 },
      previous: null,
    });
    step(st, 2, 'full');
    expect(production(st).routes).toMatchObject({ current: { version: 2 }, canary: null, previous: { version: 1 } });
  });

  it('does not go back to its canary when that step is heard again', () => {
    const st = stateOf();
    promote(st, 1);
    grant(st, 2);
    step(st, 2, 'full');
    step(st, 2, 'canary');
    expect(production(st).routes).toMatchObject({ current: { version: 2 }, canary: null });
  });

  it('that gives up after its canary leaves the earlier version serving', () => {
    const st = stateOf();
    promote(st, 1);
    grant(st, 2);
    step(st, 2, 'canary');
    takeNews(st);
    abandon(st, 2);
    expect(production(st)).toMatchObject({ rollout: null, routes: { current: { version: 1 }, canary: null } });
  });

  it('that gives up while it waits moves no routes', () => {
    const st = stateOf();
    promote(st, 1);
    promote(st, 2);
    const { fence } = production(st);
    ask(st, 3);
    send(st, 'rollback', { by: 'ana', reason: 'late answers' });
    expect(serving(st)).toBe(1);
    abandon(st, 3);
    expect(serving(st)).toBe(1);
    expect(production(st).fence).toEqual({ generation: fence.generation + 1, step: 0 });
    expect(st.gates).toEqual([]);
  });

  it('is not granted before a rollback ahead of it has reached the servers', () => {
    const st = stateOf();
    promote(st, 1);
    promote(st, 2);
    ask(st, 3);
    send(st, 'approve', approve);
    send(st, 'rollback', { by: 'ana', reason: 'late answers' });
    recordAll(st);
    expect(takeNews(st)).toEqual([]);
    expect(production(st)).toMatchObject({ routes: { current: { version: 1 } }, change: { change: 'rolledBack' } });
    expect(production(st).pushed).not.toEqual(production(st).fence);
  });

  it('is heard of once, also when its question arrives again after its end', () => {
    const st = stateOf();
    ask(st, 1);
    send(st, 'reject', approve);
    ask(st, 1);
    expect(st.gates).toEqual([]);
  });

  it('is told no while the model is paused', () => {
    const st = stateOf();
    send(st, 'pause', { by: 'ana' });
    ask(st, 1);
    expect(takeNews(st)).toEqual([
      { kind: 'refused', reason: 'flight-delay is paused; send "resume" and deploy again', serving: null },
    ]);
  });

  it('is told no once the model is retired', () => {
    const st = stateOf();
    send(st, 'retire', { by: 'ana', reason: 'replaced' });
    ask(st, 1);
    expect(takeNews(st)).toEqual([{ kind: 'refused', reason: 'flight-delay is retired', serving: null }]);
  });

  it.each(['waiting', 'granted', 'canary'])('is told when the model is retired while it is %s', (phase) => {
    const st = stateOf();
    promote(st, 1);
    if (phase === 'waiting') ask(st, 2);
    else grant(st, 2);
    if (phase === 'canary') step(st, 2, 'canary');
    takeNews(st);
    send(st, 'retire', { by: 'ana', reason: 'replaced' }, begin);
    expect(takeNews(st)).toEqual([{ kind: 'stopped', by: 'ana', reason: 'replaced', serving: null }]);
    expect(production(st).rollout).toBeNull();
    expect(production(st).routes.canary).toBeNull();
  });
});
