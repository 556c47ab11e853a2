import { describe, expect, it } from 'vitest';
import { begin, recipe, send, stateOf } from './fixtures.js';

const asked = { by: 'ana', reason: 'new airline' };
const decay = { by: 'monitor', reason: 'AUC fell', kind: 'decay' };
const hour = 3_600_000;

/** A lifecycle whose first model is finished. */
function grownUp(retrain: object = {}) {
  const st = stateOf({ recipe, retrain });
  st.plan = null;
  return st;
}

describe('a wish to retrain', () => {
  it('begins a retraining', () => {
    const st = grownUp();
    expect(send(st, 'retrain', asked)).toMatchObject({ accepted: true, message: 'retraining begins' });
    expect(st.retrain).toEqual({ trigger: 'signal', by: 'ana', reason: 'new airline', number: 1 });
    expect(st.outbox).toMatchObject([{ kind: 'retrain', body: { outcome: 'started', by: 'ana' } }]);
  });

  it.each([
    ['there is no recipe', stateOf(), asked, /no recipe/],
    ['the model is paused', Object.assign(grownUp(), { paused: true }), asked, /paused/],
    ['the first model is not finished', stateOf({ recipe }), asked, /first model is not finished/],
    ['it comes by itself and that is switched off', grownUp({ automatic: false }), decay, /switched off/],
  ])('is recorded and not acted on where %s', (_, st, body, why) => {
    expect(send(st, 'retrain', body).message).toMatch(why);
    expect(st.retrain).toBeNull();
    expect(st.notActedOn).toHaveLength(1);
    expect(st.outbox).toMatchObject([{ body: { outcome: 'notActedOn' } }]);
  });

  it('is not acted on while a retraining is under way', () => {
    const st = grownUp();
    send(st, 'retrain', asked);
    expect(send(st, 'retrain', { ...asked, by: 'ben' }).message).toBe('not acted on: retraining 1 is under way');
    expect(st.retrains).toBe(1);
  });

  it('that comes by itself waits for the cooldown; a person does not', () => {
    const st = grownUp({ cooldown: '1 day' });
    send(st, 'retrain', decay);
    st.retrain = null;
    expect(send(st, 'retrain', { ...decay, reason: 'again' }, begin + hour).message).toMatch(/less than 1 day ago/);
    expect(send(st, 'retrain', asked, begin + hour).message).toBe('retraining begins');
  });

  it('is acted on when the same wish comes again after the cooldown', () => {
    const st = grownUp({ cooldown: '1 day' });
    send(st, 'retrain', decay);
    st.retrain = null;
    send(st, 'retrain', decay, begin + hour);
    expect(send(st, 'retrain', decay, begin + 25 * hour).message).toBe('retraining begins');
  });

  it('is acted on when the same wish comes again after the retraining that was in its way', () => {
    const st = grownUp();
    send(st, 'retrain', asked);
    send(st, 'retrain', asked);
    st.retrain = null;
    expect(send(st, 'retrain', asked).message).toBe('retraining begins');
  });

  it('takes effect once for one requestId', () => {
    const st = grownUp({ cooldown: '1 second' });
    send(st, 'retrain', { ...decay, requestId: 'monitor/2001-03-02' });
    st.retrain = null;
    send(st, 'retrain', { ...decay, requestId: 'monitor/2001-03-02' }, begin + hour);
    expect(st.retrains).toBe(1);
    expect(st.counts.duplicates).toBe(1);
  });
});
