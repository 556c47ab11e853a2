import type { Verb } from '../cli/verb.js';

export const verb: Verb = {
  name: 'serve',
  summary: 'run a model server, until a signal ends it',
  usage: 'serve',
  run: async () => {
    await import('../../workers/model-server.js');
    return 0;
  },
};
