import { actor, argument, byOption, text, version } from '../cli/arguments.js';
import { command } from '../cli/command.js';
import type { Verb, VerbCall } from '../cli/verb.js';

const usage =
  'approve <model> [--version 2] [--environment production] [--reject] [--by you@example.com] [--comment …]';

export const verb: Verb = {
  name: 'approve',
  summary: 'approve what waits for a model, or reject it',
  usage,
  options: {
    version: { type: 'string', value: '<version>', words: 'the version that is answered; what waits, where one waits' },
    environment: {
      type: 'string',
      value: '<name>',
      words: 'where it is to serve; needed where several gates are open',
    },
    reject: { type: 'boolean', words: 'reject it instead' },
    by: byOption,
    comment: { type: 'string', words: 'why, for the ledger and for who reads it later' },
  },
  run(call) {
    const [model, body] = [argument(call, usage), decision(call)];
    return command(call, { model, send: (lifecycle) => lifecycle.decide(body), inWords: ({ message }) => message });
  },
};

function decision(call: VerbCall) {
  const answer = {
    environment: text(call, 'environment'),
    version: version(call, 'version'),
    comment: text(call, 'comment'),
  };
  return { decision: call.values['reject'] ? ('reject' as const) : ('approve' as const), by: actor(call), ...answer };
}
