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
  async run(call) {
    const began = performance.now();
    const [model, body] = [argument(call, usage), wish(call)];
    const reply = await command(model, (lifecycle) => lifecycle.rollback(body));
    const seconds = Number(((performance.now() - began) / 1000).toFixed(2));
    console.log(call.json ? JSON.stringify({ ...reply, seconds }) : `${reply.message} (${seconds} s)`);
    return reply.accepted ? 0 : 1;
  },
};

function wish(call: VerbCall) {
  const reason = text(call, 'reason') ?? 'asked for on the command line';
  return { by: actor(call), reason, environment: text(call, 'environment'), toVersion: version(call, 'to-version') };
}
