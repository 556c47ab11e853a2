import type { CommandReply } from '../../schemas/index.js';
import { actor, argument, byOption, text, version } from '../cli/arguments.js';
import { command } from '../cli/command.js';
import type { Verb, VerbCall } from '../cli/verb.js';

const usage = 'rollback <model> [--environment production] [--to-version 1] [--by you@example.com] [--reason …]';

export const verb: Verb = {
  name: 'rollback',
  summary: 'return an endpoint to the version before, and wait until it serves',
  usage,
  options: {
    environment: { type: 'string', value: '<name>', words: 'whose endpoint; needed where the model has several' },
    'to-version': { type: 'string', value: '<version>', words: 'else it leaves the version that was rolled out last' },
    by: byOption,
    reason: { type: 'string', words: 'why, for the ledger' },
  },
  run(call) {
    const [model, body] = [argument(call, usage), wish(call)];
    return command(call, { model, send: (lifecycle) => lifecycle.rollback(body), inWords });
  },
};

function wish(call: VerbCall) {
  const reason = text(call, 'reason') ?? 'asked for on the command line';
  return { by: actor(call), reason, environment: text(call, 'environment'), toVersion: version(call, 'to-version') };
}

/** Who rolls back in a hurry must not take "version 2 serves already" for a rollback, nor one that no server has yet. */
export function inWords(reply: Pick<CommandReply, 'changed' | 'served' | 'message'>, seconds: number): string {
  const { changed, served, message } = reply;
  if (!changed) return `nothing was changed: ${message.replace('"toVersion"', '--to-version')}`;
  return served ? `rolled back: ${message} (${seconds} s)` : `taken, not served yet: ${message}`;
}
