import { retirePredictions } from '../../activities/stores/postgres/retire.js';
import { Instant, readConfiguration } from '../../schemas/index.js';
import { LogStatus, type OneLogStatus, ShippedAgain } from '../../server/supervisor/log-status.js';
import { actor, byOption, misused, text } from '../cli/arguments.js';
import { askControlPorts } from '../cli/control-port.js';
import { print } from '../cli/print.js';
import type { Verb, VerbCall } from '../cli/verb.js';

const usage = 'logs | logs ship --refused | logs retire --before <day> --reason <text> [--by <name>]';

export const verb: Verb = {
  name: 'logs',
  summary:
    'what the model servers have not got into the ledger, and why; "ship --refused" tries again what was set aside; "retire" gives up old predictions and outcomes: a fact, then their rows; whole months, the blobs stay',
  usage,
  options: {
    refused: { type: 'boolean', words: 'with "ship": what was set aside is tried again' },
    before: { type: 'string', value: '<day>', words: 'with "retire": months that end before it are given up' },
    reason: { type: 'string', words: 'with "retire": why, for the ledger' },
    by: byOption,
  },
  run(call) {
    const [what, ...more] = call.positionals;
    if (what === undefined) return show(call);
    if (what === 'ship' && call.values['refused'] === true && more.length === 0) return shipAgain(call);
    return retire(call);
  },
};

async function show({ json }: VerbCall): Promise<number> {
  const servers = await askControlPorts({ method: 'GET', path: 'log', answer: LogStatus });
  print(json ? JSON.stringify({ servers }) : servers.flatMap(linesOfServer).join('\n'));
  return 0;
}

function linesOfServer({ address, predictions, outcomes, isFull }: LogStatus & { address: string }): string[] {
  const full = isFull ? ['  the quota of the log is used up: predictions are dropped'] : [];
  return [`${address}:`, ...linesOf('predictions', predictions), ...linesOf('outcomes', outcomes), ...full];
}

function linesOf(what: string, { pendingSegments, trouble, setAside }: OneLogStatus): string[] {
  return [
    `  ${what}: ${pendingSegments} segments to be shipped, ${setAside.length} files set aside`,
    ...(trouble === null ? [] : [`    wait since ${trouble.since}: ${trouble.why}`]),
    ...setAside.map(({ file, rows, why }) => `    ${file}: ${rows} rows, ${why}`),
  ];
}

async function shipAgain({ json }: VerbCall): Promise<number> {
  const servers = await askControlPorts({ method: 'POST', path: 'log/ship-refused', answer: ShippedAgain });
  const rows = (log: 'predictions' | 'outcomes') =>
    servers.flatMap((server) => server[log]).reduce((sum, file) => sum + file.rows, 0);
  const words = `${rows('predictions')} predictions and ${rows('outcomes')} outcomes are shipped again; what is still wrong is set aside again.`;
  print(json ? JSON.stringify({ servers }) : words);
  return 0;
}

async function retire(call: VerbCall): Promise<number> {
  const { before, reason } = retirementOf(call);
  const retired = await retirePredictions(ownerUrl(), { before, reason, by: actor(call) });
  if (call.json) print(JSON.stringify(retired));
  else print(inWords(retired));
  return 0;
}

function retirementOf(call: VerbCall): { before: Date; reason: string } {
  const [given, reason] = [Instant.safeParse(text(call, 'before')), text(call, 'reason')?.trim()];
  const isRetire = call.positionals.length === 1 && call.positionals[0] === 'retire';
  if (isRetire && given.success && reason) return { before: new Date(`${given.data.slice(0, 10)}T00:00:00Z`), reason };
  throw misused(`${usage}. A day is like 2026-01-31, and its month stays.`);
}

/** Dropping tables is the owner's to do. */
function ownerUrl(): string {
  return process.env['MLOPS_MIGRATION_URL'] || readConfiguration(process.env).DATABASE_URL;
}

function inWords({ before, months, rows }: Awaited<ReturnType<typeof retirePredictions>>): string {
  const dropped = months.length === 0 ? 'no month' : months.join(', ');
  return `Everything before ${before.slice(0, 10)} is retired. Dropped: ${dropped}; deleted: ${rows} rows. The blobs stay.`;
}
