import { failure } from '../schemas/index.js';
import type { Activities } from './activities.js';
import { activityNames, createActivities } from './create-activities.js';
import { refuseWrongPorts } from './host-ports.js';
import type { Ports } from './ports.js';

/** Ports opened by the first of several Workers and closed by the last. */
export class SharedPorts {
  #users = 0;
  #opening: Promise<{ ports: Ports; activities: Activities }> | null = null;
  readonly #openPorts: () => Promise<Ports>;

  constructor(openPorts: () => Promise<Ports>) {
    this.#openPorts = openPorts;
  }

  async open(): Promise<Activities> {
    this.#users += 1;
    this.#opening ??= this.#openPorts().then(opened);
    return (await this.#opening).activities;
  }

  async activities(): Promise<Activities> {
    if (this.#opening === null)
      throw failure('CONFIGURATION_INVALID', 'The worker is not running: its stores are closed.');
    return (await this.#opening).activities;
  }

  async close(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0 || this.#opening === null) return;
    const { ports } = await this.#opening;
    this.#opening = null;
    await ports.close();
  }
}

async function opened(ports: Ports): Promise<{ ports: Ports; activities: Activities }> {
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
