import { decimalText } from '../../activities/reports/number-text.js';
import type { FleetLine } from '../../activities/stores/fleet.js';
import { asVisibleLine, leadingMetric } from '../../schemas/index.js';
import { columns } from './text-columns.js';
import { ownQueues } from './worker-polls.js';

/** A line of the fleet, and whether its lifecycle runs; null where Temporal did not say. */
export interface ShownLine extends Omit<FleetLine, 'ageSeconds'> {
  readonly running: boolean | null;
  /** null where the lifecycle has told nothing yet */
  readonly ageSeconds: number | null;
}

/** What `status` found, and what it could not ask. */
export interface ShownFleet {
  readonly lines: readonly ShownLine[];
  /** how many retired lifecycles are left out */
  readonly retired: number;
  /** false where Postgres, which has what the lifecycles told, does not answer */
  readonly isTold: boolean;
  /** whether a worker asks for the lifecycles' tasks; null where Temporal did not say */
  readonly isPolled: boolean | null;
  /** other queues that nobody asks for work */
  readonly unpolled?: readonly string[];
}

export const ledgerAway =
  'Postgres does not answer: shown are the lifecycles that run by what Temporal knows, without what they told; see temporal-mlops doctor';

const heads = ['MODEL', 'STAGE', 'ENVIRONMENT', 'SERVES', 'HEALTH', 'WAITS FOR', 'TOLD'];

/** Every lifecycle as a table; what belongs to the whole of one stands in its first line. */
export function fleetText(fleet: ShownFleet): string {
  const notes = notesOn(fleet).flatMap((note) => ['', note]);
  return [...(fleet.lines.length === 0 ? [noLine(fleet)] : table(fleet.lines)), ...notes].join('\n');
}

const noLine = ({ isTold, retired }: ShownFleet): string =>
  isTold && retired === 0
    ? 'No lifecycle is known. Start one with: temporal-mlops start <recipe>, e.g. examples/flight-delay/lifecycle.json'
    : 'No lifecycle runs.';

function table(lines: readonly ShownLine[]): string[] {
  const rows = lines.map((line, i) => {
    const isFirst = lines[i - 1]?.model !== line.model;
    const { environment, version, waitsFor, waitsSince } = line;
    const waits = waitsFor === null ? '' : `${waitsFor}, since ${waitsSince?.slice(0, 16) ?? '?'}Z`;
    const place = [environment ?? '–', String(version ?? '–'), healthText(line), waits];
    return isFirst ? [line.model, stageText(line), ...place, ageText(line.ageSeconds)] : ['', '', ...place, ''];
  });
  return [columns([heads, ...rows]), ...problems(lines)];
}

/** `decayed since 2001-04-02, ROC AUC 0.712, 1100 requests, data to 2001-04-18`. What no day was judged of is not healthy. */
function healthText({ verdict, verdictSince, quality, predictions, dataUntil }: ShownLine): string {
  if (verdict === null) return '–';
  const metric = leadingMetric(quality);
  return [
    `${verdict} since ${verdictSince?.slice(0, 10) ?? '?'}`,
    ...(metric === null ? [] : [`${metric.name} ${decimalText(metric.value)}`]),
    ...(predictions === null ? [] : [`${predictions} requests`]),
    ...(dataUntil === null ? [] : [`data to ${dataUntil.slice(0, 10)}`]),
  ].join(', ');
}

function notesOn({ lines, retired, isTold, isPolled, unpolled = [] }: ShownFleet): string[] {
  const notes: string[] = [];
  if (!isTold) notes.push(ledgerAway);
  if (isPolled === false) notes.push(nobodyPolls());
  if (unpolled.length > 0)
    notes.push(`nobody asks for work on ${unpolled.join(', ')}: what is on it waits; see temporal-mlops doctor`);
  if (lines.some(({ running }) => running === null)) notes.push(temporalAway);
  if (retired > 0) notes.push(`Retired and not shown: ${retired}. --all shows them.`);
  return notes;
}

const nobodyPolls = () =>
  `no worker polls ${ownQueues().orchestration}: what is shown is what was last told; see temporal-mlops doctor`;
const temporalAway = 'Temporal did not answer: whether these lifecycles still run is not known.';

/** A lifecycle that was retired has ended as it should; any other that does not run has not. */
export const isLost = ({ running, stage }: ShownLine): boolean => running === false && stage !== 'retired';

const stageText = (line: ShownLine) =>
  `${isLost(line) ? 'does not run, was ' : ''}${line.stage}${line.paused && line.stage !== 'paused' ? ' (paused)' : ''}`;

function problems(lines: readonly ShownLine[]): string[] {
  const told = new Map(lines.flatMap(({ model, problem }) => (problem === null ? [] : [[model, problem] as const])));
  return told.size === 0 ? [] : ['', ...[...told].map(([model, problem]) => asVisibleLine(`${model}: ${problem}`))];
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

function ageText(seconds: number | null): string {
  if (seconds === null) return 'nothing yet';
  const [unit, size] = units.find(([, of]) => seconds >= of) ?? ['s', 1];
  return `${Math.max(0, Math.floor(seconds / size))} ${unit} ago`;
}
