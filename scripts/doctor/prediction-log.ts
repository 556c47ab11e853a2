import type { LogStatus, OneLogStatus } from '../../server/supervisor/log-status.js';
import { bad, type Check, good } from './check.js';

/** What the model server has not got into the ledger, and why. */
export function checkLog(status: LogStatus): Check[] {
  const logs = [
    ['prediction log', 'predictions', status.predictions],
    ['outcomes log', 'outcomes', status.outcomes],
  ] as const;
  const full = status.isFull ? [bad('log quota', 'used up: predictions are dropped', fullRemedy)] : [];
  return [...logs.flatMap(([name, what, log]) => checksOf(name, { what, log })), ...full];
}

function checksOf(name: string, { what, log }: { what: string; log: OneLogStatus }): Check[] {
  const { pendingSegments, trouble, setAside } = log;
  const rows = setAside.reduce((sum, file) => sum + file.rows, 0);
  const waiting = `${pendingSegments} segments wait${trouble === null ? '' : ` since ${trouble.since}: ${trouble.why}`}`;
  const aside = `${rows} ${what} set aside: ${[...new Set(setAside.map(({ why }) => why))].slice(0, 3).join('; ')}`;
  const found = [
    ...(trouble === null ? [] : [bad(name, waiting, waitingRemedy)]),
    ...(setAside.length === 0 ? [] : [bad(name, aside, asideRemedy)]),
  ];
  return found.length > 0 ? found : [good(name, pendingSegments === 0 ? 'all of it is in the ledger' : waiting)];
}

const waitingRemedy = 'Nothing is lost: it is shipped as soon as what is named is mended.';
const asideRemedy =
  'See them with: temporal-mlops logs. Mended? Ship them again with: temporal-mlops logs ship --refused';
const fullRemedy = 'Mend what keeps the log from being shipped, or raise MODEL_SERVER_LOG_QUOTA_MB.';
