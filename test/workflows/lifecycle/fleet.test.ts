import { describe, expect, it } from 'vitest';
import { FleetRow } from '../../../schemas/index.js';
import { statusOf } from '../../../workflows/lifecycle/display.js';
import { fleetRow, fleetText, isFleetRecorded } from '../../../workflows/lifecycle/fleet.js';
import { endpointOf, limits } from '../../../workflows/lifecycle/state.js';
import { ask, begin, promote, send, stateOf } from './fixtures.js';

const owner = 'lifecycle/flight-delay';
const rowOf = (state: ReturnType<typeof stateOf>) => FleetRow.parse(fleetRow(state, owner));

describe('what a lifecycle tells of itself', () => {
  it('is what serves and what waits for a person, in each environment', () => {
    const state = stateOf({ environments: [{ name: 'staging' }, { name: 'production' }] });
    promote(state, 1);
    ask(state, 2);
    expect(rowOf(state)).toEqual({
      model: 'flight-delay',
      owner,
      stage: 'waiting for approval',
      paused: false,
      problem: null,
      environments: [
        { environment: 'staging', version: null, candidate: null, waitsFor: null, waitsSince: null },
        {
          environment: 'production',
          version: 1,
          candidate: null,
          waitsFor: 'approval of version 2',
          waitsSince: new Date(begin).toISOString(),
        },
      ],
    });
  });

  it('has environments in the order in which versions go through them, whatever came first', () => {
    const state = stateOf({ environments: [{ name: 'staging' }, { name: 'production' }] });
    endpointOf(state, 'elsewhere');
    state.endpoints.reverse();
    const names = ['staging', 'production', 'elsewhere'];
    expect(rowOf(state).environments.map(({ environment }) => environment)).toEqual(names);
    expect(statusOf(state).endpoints.map(({ environment }) => environment)).toEqual(names);
  });

  it('changes with the state, and with nothing that it does not show', () => {
    const state = stateOf();
    state.fleetRecorded = fleetText(rowOf(state));
    expect(isFleetRecorded(state, owner)).toBe(true);
    state.problems = { fleet: 'Postgres did not answer' };
    send(state, 'approve', { by: 'ana' });
    expect(isFleetRecorded(state, owner)).toBe(true);
    send(state, 'pause', { by: 'ana', reason: 'freeze' });
    expect(isFleetRecorded(state, owner)).toBe(false);
    state.fleetRecorded = fleetText(rowOf(state));
    state.problems = { 'push production': 'the model server does not answer' };
    expect(rowOf(state).problem).toBe('push production: the model server does not answer');
    expect(isFleetRecorded(state, owner)).toBe(false);
  });

  it('is small and can be stored, whatever the state holds', () => {
    const state = stateOf();
    for (let i = 0; state.endpoints.length < limits.endpoints; i++) endpointOf(state, `e${i}`);
    state.pipelineProblem = `a\u0000b\n\ud800${'x'.repeat(100_000)}`;
    const row = rowOf(state);
    expect(row.problem).toMatch(/^a b {2}x/);
    expect(fleetText(row).length).toBeLessThan(8 * 1024);
  });
});
