import { describe, expect, it } from 'vitest';
import { begin, grant, promote, pushAll, recipe, send, stateOf, step } from './fixtures.js';

const asked = { by: 'ana', reason: 'new airline' };
const decay = { by: 'monitor', reason: 'AUC fell', kind: 'decay' };
const hour = 3_600_000;

/** A lifecycle whose first model is finished. */
function grownUp(retrain: object = {}) {
  const state = stateOf({ recipe, retrain });
  state.pipeline = null;
  return state;
}

describe('a wish to retrain', () => {
  it('begins a retraining', () => {
    const state = grownUp();
    expect(send(state, 'retrain', asked)).toMatchObject({ accepted: true, message: 'retraining begins' });
    expect(state.retrain).toEqual({ trigger: 'signal', by: 'ana', reason: 'new airline', number: 1 });
    expect(state.factsToRecord).toMatchObject([{ kind: 'retrain', body: { outcome: 'started', by: 'ana' } }]);
  });

  it.each([
    ['there is no recipe', stateOf(), asked, /no recipe/],
    ['the model is paused', Object.assign(grownUp(), { paused: true }), asked, /paused/],
    ['the first model is not finished', stateOf({ recipe }), asked, /first model is not finished/],
    ['it comes by itself and that is switched off', grownUp({ automatic: false }), decay, /switched off/],
  ])('is recorded and not acted on where %s', (_, state, body, why) => {
    expect(send(state, 'retrain', body).message).toMatch(why);
    expect(state.retrain).toBeNull();
    expect(state.notActedOn).toHaveLength(1);
    expect(state.factsToRecord).toMatchObject([{ body: { outcome: 'notActedOn' } }]);
  });

  it('that comes the moment the first version serves waits for the end of its plan, and is not dropped', () => {
    const state = stateOf({ recipe });
    promote(state, 1);
    state.pipeline = 'deploy';
    expect(send(state, 'retrain', asked)).toMatchObject({ accepted: true, message: 'retraining begins' });
    expect(state.retrain).toMatchObject({ by: 'ana' });
  });

  it('that comes before the owner hears of the promotion waits too', () => {
    const state = stateOf({ recipe });
    state.pipeline = 'deploy';
    grant(state, 1);
    step(state, 1, 'share');
    pushAll(state);
    expect(send(state, 'retrain', asked).message).toMatch(/first model is not finished/);
    step(state, 1, 'promote');
    expect(send(state, 'retrain', { ...asked, by: 'ben' }).message).toBe('retraining begins');
  });

  it('is not acted on while a version still waits on its way into another environment', () => {
    const state = stateOf({ recipe, environments: [{ name: 'production' }, { name: 'mirror' }] });
    promote(state, 1);
    state.pipeline = 'deploy';
    expect(send(state, 'retrain', asked).message).toMatch(/first model is not finished/);
  });

  it('is not acted on while a retraining is under way', () => {
    const state = grownUp();
    send(state, 'retrain', asked);
    expect(send(state, 'retrain', { ...asked, by: 'ben' }).message).toBe('not acted on: retraining 1 is under way');
    expect(state.retrains).toBe(1);
  });

  it('that comes by itself waits for the cooldown; a person does not', () => {
    const state = grownUp({ cooldown: '1 day' });
    send(state, 'retrain', decay);
    state.retrain = null;
    expect(send(state, 'retrain', { ...decay, reason: 'again' }, begin + hour).message).toMatch(/less than 1 day ago/);
    expect(send(state, 'retrain', asked, begin + hour).message).toBe('retraining begins');
  });

  it('is acted on when the same wish comes again after the cooldown', () => {
    const state = grownUp({ cooldown: '1 day' });
    send(state, 'retrain', decay);
    state.retrain = null;
    send(state, 'retrain', decay, begin + hour);
    expect(send(state, 'retrain', decay, begin + 25 * hour).message).toBe('retraining begins');
  });

  it('is acted on when the same wish comes again after the retraining that was in its way', () => {
    const state = grownUp();
    send(state, 'retrain', asked);
    send(state, 'retrain', asked);
    state.retrain = null;
    expect(send(state, 'retrain', asked).message).toBe('retraining begins');
  });

  it('takes effect once for one requestId', () => {
    const state = grownUp({ cooldown: '1 second' });
    send(state, 'retrain', { ...decay, requestId: 'monitor/2001-03-02' });
    state.retrain = null;
    send(state, 'retrain', { ...decay, requestId: 'monitor/2001-03-02' }, begin + hour);
    expect(state.retrains).toBe(1);
    expect(state.counts.duplicates).toBe(1);
  });
});
