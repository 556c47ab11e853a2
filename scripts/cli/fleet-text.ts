import type { FleetLine } from '../../activities/stores/fleet.js';
import { columns } from './text-columns.js';

/** A line of the fleet, and whether its lifecycle runs; null where Temporal did not say. */
export interface ShownLine extends Omit<FleetLine, 'ageSeconds'> {
  readonly running: boolean | null;
  /** null where the lifecycle has told nothing yet */
  readonly ageSeconds: number | null;
}

const heads = ['MODEL', 'STAGE', 'ENVIRONMENT', 'SERVES', 'VERDICT', 'WAITS FOR', 'TOLD'];

/** Every lifecycle as a table; what belongs to the whole of one stands in its first line. */
export function fleetText(lines: readonly ShownLine[]): string {
  if (lines.length === 0) return 'No lifecycle is known. Start one with: temporal-mlops schema modelLifecycle';
  const rows = lines.map((line, i) => {
    const isFirst = lines[i - 1]?.model !== line.model;
    const { environment, version, verdict, waitsFor, waitsSince } = line;
    const waits = waitsFor === null ? '' : `${waitsFor}, since ${waitsSince?.slice(0, 16) ?? '?'}Z`;
    const place = [environment ?? '–', String(version ?? '–'), verdict ?? '–', waits];
    return isFirst ? [line.model, stageText(line), ...place, ageText(line.ageSeconds)] : ['', '', ...place, ''];
  });
  return [columns([heads, ...rows]), ...problems(lines), ...unknown(lines)].join('\n');
}

/** A lifecycle that was retired has ended as it should; any other that does not run has not. */
export const isLost = ({ running, stage }: ShownLine): boolean => running === false && stage !== 'retired';

const stageText = (line: ShownLine) =>
  `${isLost(line) ? 'does not run, was ' : ''}${line.stage}${line.paused && line.stage !== 'paused' ? ' (paused)' : ''}`;

function problems(lines: readonly ShownLine[]): string[] {
  const told = new Map(lines.flatMap(({ model, problem }) => (problem === null ? [] : [[model, problem] as const])));
  return told.size === 0 ? [] : ['', ...[...told].map(([model, problem]) => `${model}: ${problem}`)];
}

const unknown = (lines: readonly ShownLine[]): string[] =>
  lines.some(({ running }) => running === null)
    ? ['', 'Temporal did not answer: whether these lifecycles still run is not known.']
    : [];

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
