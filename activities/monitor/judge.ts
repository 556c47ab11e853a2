import { type ColumnDrift, type MonitorResult, predictionColumn } from '../../schemas/index.js';
import type { NumericBaseline } from '../../statistics/drift/column.js';
import { categoricalSpread, numericSpread, type Spread } from '../../statistics/drift/window-distribution.js';
import { type ColumnPair, columnDrift } from '../../statistics/drift/window-drift.js';
import { type WindowQuality, windowQuality } from '../../statistics/metrics/window-quality.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import { type Judgement, monitorVerdict, type WindowEvidence } from '../../statistics/verdicts/monitor.js';
import type { Distribution } from '../reports/shown-window.js';
import type { CountedWindow, LoggedWindow } from '../sql/jobs/window.js';
import type { Circumstances, MonitorJobResult } from './monitor-job.js';
import type { VersionRows } from './rows.js';

interface Evidence {
  readonly name: Pick<LoggedWindow, 'model' | 'environment' | 'window'>;
  readonly circumstances: Circumstances;
  readonly counted: CountedWindow;
  /** of the version that answered most */
  readonly judged: VersionRows;
}

/** Everything the report says, without a side effect. */
export function judgeWindow({ name, circumstances, counted, judged }: Evidence): NonNullable<MonitorJobResult> {
  const { policy } = circumstances;
  const { task } = judged.baseline;
  const pairs = columnPairs(judged);
  const drift = pairs.map((pair) => columnDrift(pair, policy)).sort((a, b) => b.psi - a.psi);
  const joined = { outcomes: Float64Array.from(judged.outcomes), predictions: Float64Array.from(judged.predicted) };
  const quality = windowQuality(task, joined, judged.baseline.test);
  const evidence = { judged, drift, quality };
  const judgement = monitorVerdict(verdictEvidence(evidence, circumstances), policy);
  const notes = [...versionNotes(judged, counted), ...qualityNotes(quality), ...circumstanceNotes(circumstances)];
  const result = resultOf(name, evidence, { ...judgement, reasons: [...judgement.reasons, ...notes] });
  return { result, distributions: pairs.map(distribution), calibration: quality.curve, detail: quality.detail };
}

interface Measured {
  readonly judged: VersionRows;
  readonly drift: ColumnDrift[];
  readonly quality: WindowQuality;
}

function verdictEvidence({ judged, drift, quality }: Measured, circumstances: Circumstances): WindowEvidence {
  return {
    rows: judged.prediction.rows,
    outcomes: quality.rows,
    drift,
    calibrationGap: quality.gap,
    gapUnit: tasks[judged.baseline.task].gapUnit(judged.baseline.test),
    rocAuc: rocAucOf(quality.metrics),
    testRocAuc: rocAucOf(judged.baseline.test),
    previousBadWindows: circumstances.badWindowsBefore,
  };
}

/** The version that answered most; of equals the newest. */
export function mostRows({ versions }: CountedWindow): number | null {
  return [...versions].sort((a, b) => b.rows - a.rows || b.version - a.version)[0]?.version ?? null;
}

/** Times are left out: time always moves on, and would be the most drifted column of every window. */
function columnPairs(judged: VersionRows): ColumnPair[] {
  const { baseline: version } = judged;
  const watched = judged.columns.filter(({ type }) => type !== 'timestamp');
  const inputs = watched.map(({ name, baseline, window }) => ({ column: name, baseline, window }) as ColumnPair);
  return [
    ...inputs,
    { column: predictionColumn, baseline: version.prediction as NumericBaseline, window: judged.prediction },
  ];
}

const distribution = (pair: ColumnPair): Distribution => ({ column: pair.column, spread: spreadOf(pair) });

function spreadOf({ baseline, window }: ColumnPair): Spread | null {
  if (window.kind === 'numeric') return baseline.kind === 'numeric' ? numericSpread(baseline, window.values) : null;
  return baseline.kind === 'categorical' ? categoricalSpread(baseline, window.counts, window.pooled) : null;
}

function rocAucOf(metrics: MonitorResult['quality']): number | null {
  return metrics !== null && 'rocAuc' in metrics ? metrics.rocAuc : null;
}

function versionNotes({ baseline: { version: judged }, prediction }: VersionRows, counted: CountedWindow): string[] {
  const { versions, unreadable } = counted;
  const others = versions.filter(({ version }) => version !== judged).sort((a, b) => b.rows - a.rows);
  const shares = others.map(({ version, rows }) => `version ${version} answered ${rows}`).join(', ');
  return [
    ...(others.length > 0 ? [`Version ${judged} is judged, with ${prediction.rows} predictions; ${shares}.`] : []),
    ...(unreadable > 0 ? [`${unreadable} lines of the prediction log are unreadable and were left out.`] : []),
  ];
}

function circumstanceNotes({ unmatched, leftOut }: Circumstances): string[] {
  return [...unmatchedNotes(unmatched), ...leftOutNotes(leftOut)];
}

/** They count for nothing, so the report of the model that they name says so: a sender that gets the ids wrong is noticed nowhere else. */
function unmatchedNotes({ unmatched, lookedAt, named }: Circumstances['unmatched']): string[] {
  if (unmatched === 0) return [];
  const found = `${unmatched} of the last ${lookedAt} outcomes that came in fit no prediction of the log, or several`;
  return [`${found}, for example "${named}"; they count for nothing.`];
}

function qualityNotes({ refused }: WindowQuality): string[] {
  return refused === 0 ? [] : [`${refused} outcomes do not fit the model's task and were left out.`];
}

/** Nothing vanishes without a word. */
function leftOutNotes({ days, rows }: Circumstances['leftOut']): string[] {
  if (rows === 0) return [];
  const [what, where] = [counted(rows, 'prediction'), counted(days, 'other day')];
  return [`In no window: ${what} of ${where}, too few to look at, or to look at that day again.`];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function resultOf(
  { model, environment, window }: Evidence['name'],
  { judged, drift, quality }: Measured,
  judgement: Judgement,
): NonNullable<MonitorJobResult>['result'] {
  return {
    model,
    environment,
    version: judged.baseline.version,
    window,
    predictions: judged.prediction.rows,
    outcomes: judged.outcomes.length,
    drift,
    driftedColumns: drift.filter((column) => column.drifted).map((column) => column.column),
    quality: quality.metrics,
    calibrationGap: quality.gap,
    dataQuality: dataQuality(judged),
    ...judgement,
  };
}

/** Every input, times too; what is missing most first. */
function dataQuality({ columns }: VersionRows): MonitorResult['dataQuality'] {
  const shares = columns.map(({ name, window }) => ({ column: name, missingShare: window.missing / window.rows }));
  return shares.sort((a, b) => b.missingShare - a.missingShare);
}
