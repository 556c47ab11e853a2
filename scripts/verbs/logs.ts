import { retirePredictions } from '../../activities/stores/postgres/retire.js';
import { failure, Instant, readConfiguration } from '../../schemas/index.js';
import { actor, text } from '../cli/arguments.js';
import { print } from '../cli/print.js';
import type { Verb, VerbCall } from '../cli/verb.js';

const usage = 'logs retire --before <day> --reason <text> [--by <name>]';

export const verb: Verb = {
  name: 'logs',
  summary: 'give up old predictions and outcomes: a fact, then their rows; whole months, the blobs stay',
  usage,
  options: { before: { type: 'string' }, reason: { type: 'string' }, by: { type: 'string' } },
  async run(call) {
    const { before, reason } = retirementOf(call);
    const retired = await retirePredictions(ownerUrl(), { before, reason, by: actor(call) });
    if (call.json) print(JSON.stringify(retired));
    else print(inWords(retired));
    return 0;
  },
};

function retirementOf(call: VerbCall): { before: Date; reason: string } {
  const [given, reason] = [Instant.safeParse(text(call, 'before')), text(call, 'reason')?.trim()];
  const isRetire = call.positionals.length === 1 && call.positionals[0] === 'retire';
  if (isRetire && given.success && reason) return { before: new Date(`${given.data.slice(0, 10)}T00:00:00Z`), reason };
  throw failure('InvalidInput', `Usage: temporal-mlops ${usage}. A day is like 2026-01-31, and its month stays.`);
}

/** Dropping tables is the owner's to do. */
function ownerUrl(): string {
  return process.env['MLOPS_MIGRATION_URL'] || readConfiguration(process.env).DATABASE_URL;
}

function inWords({ before, months, rows }: Awaited<ReturnType<typeof retirePredictions>>): string {
  const dropped = months.length === 0 ? 'no month' : months.join(', ');
  return `Everything before ${before.slice(0, 10)} is retired. Dropped: ${dropped}; deleted: ${rows} rows. The blobs stay.`;
}
