import { parseInput, ToldFleetRow } from '../schemas/index.js';
import type { Activities } from './activities.js';
import type { Fleet } from './stores/fleet.js';

export interface FleetPorts {
  readonly fleet: Fleet;
}

/** What a lifecycle says of itself, for who looks at all of them. */
export function createFleetActivities({ fleet }: FleetPorts): Pick<Activities, 'recordFleet'> {
  return { recordFleet: (row) => fleet.record(parseInput({ schema: ToldFleetRow, example: {} }, row, 'recordFleet')) };
}
