import type { RunLine } from '../../activities/stores/lookups.js';
import { columns } from './text-columns.js';

type Cell = (run: RunLine) => string;

/** One line a run: what it is, how well it does on the test rows, and what it was made with. */
export function listedText(runs: readonly RunLine[]): string {
  const metrics = namesOf(runs, ({ test }) => test).slice(0, mostMetrics);
  const heads = ['RUN', 'VERSION', 'STARTED', 'TRAINER', ...metrics.map((name) => `TEST ${name}`), 'PARAMETERS'];
  const rows = runs.map((run) => [
    run.runId,
    versionsOf(run),
    run.startedAt.slice(0, 16).replace('T', ' '),
    run.status === 'failed' ? `${run.trainer} (failed)` : run.trainer,
    ...metrics.map((name) => numberText(run.test[name])),
    run.status === 'failed' ? cut(run.reason ?? '') : cut(parametersText(run)),
  ]);
  return columns([heads, ...rows]);
}

const mostMetrics = 4;

/** One column a run, one line a thing that is known of it; what differs is marked. */
export function comparedText(runs: readonly RunLine[]): string {
  const heads = ['', ...runs.map(({ runId }) => runId), ''];
  return columns([heads, ...linesOf(runs).map(([name, cell]) => lineOf(name, runs.map(cell)))]);
}

function linesOf(runs: readonly RunLine[]): [string, Cell][] {
  const parameters = namesOf(runs, (run) => run.parameters);
  return [
    ['version', versionsOf],
    ['started', ({ startedAt }) => startedAt.slice(0, 16).replace('T', ' ')],
    ['trainer', ({ trainer }) => trainer],
    ['status', ({ status, reason }) => (reason === null ? status : cut(`${status}: ${reason}`))],
    ['dataset', ({ dataset }) => `${dataset.name}@${dataset.version}`],
    ['seed', ({ seed }) => String(seed)],
    ...parameters.map((name): [string, Cell] => [`parameter ${name}`, (run) => valueText(run.parameters[name])]),
    ...metricLines(runs, 'validation'),
    ...metricLines(runs, 'test'),
  ];
}

function metricLines(runs: readonly RunLine[], split: 'validation' | 'test'): [string, Cell][] {
  return namesOf(runs, (run) => run[split]).map((name) => [`${split} ${name}`, (run) => numberText(run[split][name])]);
}

const lineOf = (name: string, cells: string[]) => [name, ...cells, new Set(cells).size > 1 ? '≠' : ''];

function namesOf(runs: readonly RunLine[], of: (run: RunLine) => object): string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(of(run))))];
}

const versionsOf: Cell = ({ versions }) => (versions.length === 0 ? '–' : versions.map((v) => `@${v}`).join(' '));
const parametersText: Cell = ({ parameters }) =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ');
const valueText = (value: unknown): string => (typeof value === 'number' ? numberText(value) : String(value ?? '–'));
const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);

function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}
