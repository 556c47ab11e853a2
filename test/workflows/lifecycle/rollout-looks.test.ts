import { describe, expect, it } from 'vitest';
import { lifecycleCard, statusOf } from '../../../workflows/lifecycle/display.js';
import { fleetRow } from '../../../workflows/lifecycle/fleet.js';
import { takeLook } from '../../../workflows/lifecycle/rollout-looks.js';
import { ask, begin, promote, send, stateOf } from './fixtures.js';

const workflowId = 'deploy/flight-delay/production';
const waits = {
  what: '3 of 20 answers of version 2',
  until: '2001-03-01T01:00:00.000Z',
  answers: { given: 3, needed: 20 },
};

describe('what a rollout said of its waiting when it was looked at', () => {
  it('stands in the status, on the card and in the row of the fleet, and changes nothing else', () => {
    const state = stateOf();
    promote(state, 1);
    ask(state, 2);
    const before = statusOf(state);
    takeLook(state, { workflowId, found: { kind: 'there', waits } }, begin);
    const [endpoint] = statusOf(state).endpoints;
    expect(endpoint?.rollout?.waits).toEqual(waits);
    expect(lifecycleCard(state).join('\n')).toContain('3 of 20 answers of version 2, gives up at 2001-03-01 01:00Z');
    expect(fleetRow(state, 'lifecycle/flight-delay').environments[0]?.waitsFor).toContain(
      '3 of 20 answers of version 2',
    );
    takeLook(state, { workflowId, found: { kind: 'there', waits: null } }, begin);
    expect(statusOf(state)).toEqual(before);
  });

  it('ends with the step that it was of, and is no other rollout’s', () => {
    const state = stateOf();
    ask(state, 2);
    takeLook(state, { workflowId: 'deploy/flight-delay/staging', found: { kind: 'there', waits } }, begin);
    expect(statusOf(state).endpoints[0]?.rollout?.waits).toBeNull();
    takeLook(state, { workflowId, found: { kind: 'there', waits } }, begin);
    send(state, 'approve', { by: 'ana' });
    expect(statusOf(state).endpoints[0]?.rollout?.waits).toBeNull();
  });
});

describe('a word that a day was judged', () => {
  it('only makes the owner ask, and once', () => {
    const state = stateOf();
    for (let i = 0; i < 3; i++) send(state, 'judged', { environment: 'production' });
    expect(state.judged).toEqual(['production']);
    expect(state.endpoints[0]?.health).toBeUndefined();
  });
});
