import type { CommandReply } from '../../schemas/index.js';
import { actor, argument, text, version } from '../arguments.js';
import { command } from '../command.js';
import type { Verb, VerbCall } from '../verb.js';

const usage = 'rollback <model> [--environment production] [--to-version 1] [--by …] [--reason …]';

export const verb: Verb = {
  name: 'rollback',
  summary: 'return an endpoint to the version before, and wait until it serves',
  usage,
  options: {
    environment: { type: 'string' },
    'to-version': { type: 'string' },
    by: { type: 'string' },
    reason: { type: 'string' },
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

/** Who rolls back in a hurry must not take "version 2 serves already" for a rollback. */
export function inWords({ message }: Pick<CommandReply, 'message'>, seconds: number): string {
  const hasMoved = /^(version \d+|nothing) serves [^\s,]+(, |$)/.test(message);
  return hasMoved ? `rolled back: ${message} (${seconds} s)` : `nothing was changed: ${message}`;
}
