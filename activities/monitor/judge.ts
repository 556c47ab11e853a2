import type { ColumnDrift, MonitorInput, MonitorResult } from '../../schemas/index.js';
import { failure } from '../../schemas/index.js';
import { instantMs } from '../../statistics/data-day.js';
import type { NumericBaseline } from '../../statistics/drift/column.js';
import { categoricalBins, numericBins } from '../../statistics/drift/window-distribution.js';
import { type ColumnPair, columnDrift } from '../../statistics/drift/window-drift.js';
import { type WindowQuality, windowQuality } from '../../statistics/metrics/window-quality.js';
import { monitorVerdict, type WindowEvidence } from '../../statistics/verdicts/monitor.js';
import type { Distribution, ShownWindow } from '../reports/shown-window.js';
import type { MonitorMark } from '../stores/registry.js';
import type { VersionBaseline } from './baseline.js';
import type { VersionRows, WindowRows } from './rows.js';
import type { Window } from './window.js';

/** The prediction is watched like an input: it moves when inputs move together, each by too little to notice. */
export const predictionColumn = '(prediction)';

export interface JudgedWindow extends ShownWindow {
  readonly window: Window;
  readonly baseline: VersionBaseline;
}

interface Evidence {
  readonly input: MonitorInput;
  readonly window: Window;
  readonly mark: MonitorMark;
  readonly rows: WindowRows;
}

/** Everything the report says, without a side effect; null when the window holds no prediction. */
export function judgeWindow({ input, window, mark, rows }: Evidence): JudgedWindow | null {
  const judged = mostRows(rows.versions);
  if (judged === null) return null;
  const baseline = knownBaseline(judged, input.model);
  const pairs = columnPairs(judged, baseline);
  const drift = pairs.map((pair) => columnDrift(pair, input.policy)).sort((a, b) => b.psi - a.psi);
  const quality = windowQuality(baseline.task, Float64Array.from(judged.outcomes), Float64Array.from(judged.predicted));
  const previous = previousBadWindows(mark, window);
  const judgement = monitorVerdict(verdictEvidence({ judged, baseline, drift, quality, previous }), input.policy);
  const reasons = [...judgement.reasons, ...notes(judged, rows), ...qualityNotes(quality)];
  const result = resultOf({ input, window, judged, drift, quality, judgement: { ...judgement, reasons } });
  return {
    result,
    window,
    baseline,
    policy: input.policy,
    distributions: pairs.map(distribution),
    calibration: quality.curve,
    test: baseline.test,
  };
}

interface Measured {
  readonly judged: VersionRows;
  readonly baseline: VersionBaseline;
  readonly drift: readonly ColumnDrift[];
  readonly quality: WindowQuality;
  readonly previous: number;
}

function verdictEvidence({ judged, baseline, drift, quality, previous }: Measured): WindowEvidence {
  return {
    rows: judged.rows,
    outcomes: quality.rows,
    drift,
    calibrationGap: quality.gap,
    rocAuc: rocAucOf(quality.metrics),
    testRocAuc: rocAucOf(baseline.test),
    previousBadWindows: previous,
  };
}

/** The version that answered most; of equals the newest. */
function mostRows(versions: readonly VersionRows[]): VersionRows | null {
  return [...versions].sort((a, b) => b.rows - a.rows || b.version - a.version)[0] ?? null;
}

function knownBaseline({ baseline, version }: VersionRows, model: string): VersionBaseline {
  if (baseline !== null) return baseline;
  throw failure(
    'VERSION_NOT_FOUND',
    `The log holds predictions of ${model}@${version}, which the ledger does not know.`,
    {
      model,
      version,
    },
  );
}

/** Times are left out: time always moves on, and would be the most drifted column of every window. */
function columnPairs(judged: VersionRows, baseline: VersionBaseline): ColumnPair[] {
  const watched = judged.columns.filter(({ type }) => type !== 'timestamp');
  const inputs = watched.map(({ name, baseline, window }) => ({ column: name, baseline, window }) as ColumnPair);
  return [
    ...inputs,
    { column: predictionColumn, baseline: baseline.prediction as NumericBaseline, window: judged.prediction },
  ];
}

function distribution({ column, baseline, window }: ColumnPair): Distribution {
  if (window.kind === 'numeric')
    return { column, kind: 'numeric', bins: baseline.kind === 'numeric' ? numericBins(baseline, window.values) : [] };
  return {
    column,
    kind: 'categorical',
    bins: baseline.kind === 'categorical' ? categoricalBins(baseline, window.counts, window.pooled) : [],
  };
}

/** Of the windows before this one. The last window looked at once more does not count itself; an older one starts anew. */
function previousBadWindows({ watermark, badWindows }: MonitorMark, { from, to }: Window): number {
  if (watermark === null) return 0;
  if (instantMs(watermark) === instantMs(to)) return Math.max(0, badWindows - 1);
  return instantMs(from) >= instantMs(watermark) ? badWindows : 0;
}

function rocAucOf(metrics: MonitorResult['quality']): number | null {
  return metrics !== null && 'rocAuc' in metrics ? metrics.rocAuc : null;
}

function notes(judged: VersionRows, { versions, unreadable, unmatched }: WindowRows): string[] {
  const others = versions.filter(({ version }) => version !== judged.version).sort((a, b) => b.rows - a.rows);
  const shares = others.map(({ version, rows }) => `version ${version} answered ${rows}`).join(', ');
  return [
    ...(others.length > 0 ? [`Version ${judged.version} is judged, with ${judged.rows} predictions; ${shares}.`] : []),
    ...(unreadable > 0 ? [`${unreadable} lines of the prediction log are unreadable and were left out.`] : []),
    ...unmatchedNotes(unmatched),
  ];
}

/** They count for nothing, so the report of the model that they name says so: a sender that gets the ids wrong is noticed nowhere else. */
function unmatchedNotes({ unmatched, lookedAt, named }: WindowRows['unmatched']): string[] {
  if (unmatched === 0) return [];
  const found = `${unmatched} of the last ${lookedAt} outcomes that came in fit no prediction of the log, or several`;
  return [`${found}, for example "${named}"; they count for nothing.`];
}

function qualityNotes({ refused }: WindowQuality): string[] {
  return refused === 0 ? [] : [`${refused} outcomes do not fit the model's task and were left out.`];
}

interface Found {
  readonly input: MonitorInput;
  readonly window: Window;
  readonly judged: VersionRows;
  readonly drift: ColumnDrift[];
  readonly quality: WindowQuality;
  readonly judgement: ReturnType<typeof monitorVerdict>;
}

function resultOf({ input, window, judged, drift, quality, judgement }: Found): ShownWindow['result'] {
  return {
    model: input.model,
    environment: input.environment,
    version: judged.version,
    window,
    predictions: judged.rows,
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
function dataQuality({ columns, rows }: VersionRows): MonitorResult['dataQuality'] {
  const shares = columns.map(({ name, window }) => ({ column: name, missingShare: window.missing / rows }));
  return shares.sort((a, b) => b.missingShare - a.missingShare);
}
