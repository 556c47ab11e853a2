import { failure } from '../../schemas/index.js';
import { LogStatus, type OneLogStatus, ShippedAgain } from '../../server/supervisor/log-status.js';
import { askControlPort } from '../cli/control-port.js';
import type { Verb, VerbCall } from '../cli/verb.js';

const usage = 'logs [ship --refused]   (ship --refused: try again what was set aside as wrong in itself)';

export const verb: Verb = {
  name: 'logs',
  summary: 'predictions and true outcomes that the model server has not got into the ledger, and why',
  usage,
  options: { refused: { type: 'boolean' } },
  run(call) {
    const [what, ...more] = call.positionals;
    const isRefused = call.values['refused'] === true;
    if (what === undefined && !isRefused) return show(call);
    if (what === 'ship' && isRefused && more.length === 0) return shipAgain(call);
    throw failure('InvalidInput', `Usage: temporal-mlops ${usage}`);
  },
};

async function show({ json }: VerbCall): Promise<number> {
  const status = await askControlPort({ method: 'GET', path: 'log', answer: LogStatus });
  const { predictions, outcomes, isFull } = status;
  const full = isFull ? ['The quota of the log is used up: predictions are dropped.'] : [];
  const lines = [...linesOf('predictions', predictions), ...linesOf('outcomes', outcomes), ...full];
  console.log(json ? JSON.stringify(status) : lines.join('\n'));
  return 0;
}

function linesOf(what: string, { pendingSegments, trouble, setAside }: OneLogStatus): string[] {
  return [
    `${what}: ${pendingSegments} segments to be shipped, ${setAside.length} files set aside`,
    ...(trouble === null ? [] : [`  wait since ${trouble.since}: ${trouble.why}`]),
    ...setAside.map(({ file, rows, why }) => `  ${file}: ${rows} rows, ${why}`),
  ];
}

async function shipAgain({ json }: VerbCall): Promise<number> {
  const again = await askControlPort({ method: 'POST', path: 'log/ship-refused', answer: ShippedAgain });
  const rows = (files: ShippedAgain['outcomes']) => files.reduce((sum, file) => sum + file.rows, 0);
  const { predictions, outcomes } = again;
  const words = `${rows(predictions)} predictions and ${rows(outcomes)} outcomes are shipped again; what is still wrong is set aside again.`;
  console.log(json ? JSON.stringify(again) : words);
  return 0;
}
