import type { Verb } from '../cli/verb.js';

export const verb: Verb = {
  name: 'worker',
  summary: 'run a worker on all three task queues, until a signal ends it',
  usage: 'worker',
  run: async () => {
    await import('../../workers/worker.js');
    return 0;
  },
};
