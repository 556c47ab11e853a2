import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../scripts/servers/service.js';

/** Starts a service again whenever it has died, as a supervisor does. */
export function keepAlive(service: Service): { deaths: () => number; stop(): Promise<void> } {
  let over = false;
  let deaths = 0;
  const keeping = (async () => {
    while (!over) {
      if (!service.running()) {
        deaths += 1;
        await service.start();
      }
      await sleep(50);
    }
  })();
  return {
    deaths: () => deaths,
    stop: async () => {
      over = true;
      await keeping;
    },
  };
}
