import { failure } from '../schemas/index.js';
import type { Activities } from './activities.js';
import { activityNames, createActivities } from './create-activities.js';
import { refuseWrongPorts } from './host-ports.js';
import type { Ports } from './ports.js';

interface Opened {
  readonly ports: Ports;
  readonly activities: Activities;
}

/** Ports opened by the first of several Workers and closed by the last. */
export class SharedPorts {
  #users = 0;
  #opening: Promise<Opened> | null = null;
  readonly #openPorts: () => Promise<Ports>;

  constructor(openPorts: () => Promise<Ports>) {
    this.#openPorts = openPorts;
  }

  async open(): Promise<Activities> {
    this.#users += 1;
    this.#opening ??= this.#openPorts().then(opened);
    try {
      return (await this.#opening).activities;
    } catch (error) {
      void this.#leave();
      throw error;
    }
  }

  async activities(): Promise<Activities> {
    if (this.#opening === null)
      throw failure('CONFIGURATION_INVALID', 'The worker is not running: its stores are closed.');
    return (await this.#opening).activities;
  }

  async close(): Promise<void> {
    const opening = this.#leave();
    if (opening !== null) await (await opening).ports.close();
  }

  /** What the last user leaves behind: whoever comes next opens anew, also where it could not be opened. */
  #leave(): Promise<Opened> | null {
    this.#users -= 1;
    if (this.#users > 0) return null;
    const opening = this.#opening;
    this.#opening = null;
    return opening;
  }
}

async function opened(ports: Ports): Promise<Opened> {
  try {
    await refuseWrongPorts(ports);
    return { ports, activities: createActivities(ports) };
  } catch (error) {
    await ports.close();
    throw error;
  }
}

/** Registered before the stores are open; each call goes to the real activity. */
export function lazyActivities(stores: SharedPorts): object {
  const call = (name: (typeof activityNames)[number]) => async (input: never) =>
    (await stores.activities())[name](input);
  return Object.fromEntries(activityNames.map((name) => [name, call(name)]));
}
