import type { Metrics, Task } from '../../schemas/index.js';
import { countText, decimalText, shareText } from './number-text.js';
import { answerText } from './window-text.js';

export interface ComparedMetric {
  readonly name: string;
  readonly now: string;
  readonly before: string;
  /** null where neither more nor less is better, or one of both is unknown */
  readonly mark: 'better' | 'worse' | 'about the same' | null;
}

interface MetricRow {
  readonly key: string;
  readonly name: string;
  readonly text: (value: number) => string;
  readonly better?: 'higher' | 'lower';
  /** as a part of the value before; else 0.005, which no one acts on */
  readonly relative?: boolean;
}

const rows: readonly MetricRow[] = [
  { key: 'rocAuc', name: 'ROC AUC', text: decimalText, better: 'higher' },
  { key: 'prAuc', name: 'PR AUC', text: decimalText, better: 'higher' },
  { key: 'logLoss', name: 'Log loss', text: decimalText, better: 'lower' },
  { key: 'brier', name: 'Brier score', text: decimalText, better: 'lower' },
  { key: 'calibrationError', name: 'Calibration error', text: decimalText, better: 'lower' },
  { key: 'meanPredicted', name: 'Mean predicted', text: shareText },
  { key: 'meanObserved', name: 'Base rate (mean observed)', text: shareText },
  { key: 'rmse', name: 'RMSE', text: decimalText, better: 'lower', relative: true },
  { key: 'mae', name: 'MAE', text: decimalText, better: 'lower', relative: true },
  { key: 'r2', name: 'R²', text: decimalText, better: 'higher' },
  { key: 'rows', name: 'Rows', text: countText },
];

/** Each metric of the window beside its value on the test rows at packaging, and which of both is better. */
export function comparedMetrics(quality: Metrics, test: Metrics | null): ComparedMetric[] {
  const [now, before] = [valuesOf(quality), test === null ? {} : valuesOf(test)];
  return rows
    .filter(({ key }) => key in now)
    .map((row) => ({
      name: row.name,
      now: valueText(now[row.key], row),
      before: valueText(before[row.key], row),
      mark: markOf(row, now[row.key], before[row.key]),
    }));
}

const valuesOf = (metrics: Metrics): Record<string, number | null> => ({ ...metrics });

function valueText(value: number | null | undefined, { text }: MetricRow): string {
  return value === null || value === undefined ? '–' : text(value);
}

type Value = number | null | undefined;

function markOf({ better, relative = false }: MetricRow, now: Value, before: Value): ComparedMetric['mark'] {
  if (better === undefined || typeof now !== 'number' || typeof before !== 'number') return null;
  const least = relative ? Math.abs(before) * 0.01 : 0.005;
  if (Math.abs(now - before) < least) return 'about the same';
  return now > before === (better === 'higher') ? 'better' : 'worse';
}

const movedBy = 0.01;

/** How often it happened, now and at packaging: where that moved, most metrics move with it, whatever the model does. */
export function baseRateText(quality: Metrics, test: Metrics | null): string | null {
  if (!('meanObserved' in quality) || test === null || !('meanObserved' in test)) return null;
  const [before, now] = [test.meanObserved, quality.meanObserved];
  if (Math.abs(now - before) < movedBy)
    return `The base rate is ${shareText(now)}, as at packaging (${shareText(before)}).`;
  return (
    `The base rate moved ${shareText(before)} → ${shareText(now)}. Log loss, Brier score and PR AUC move with it, so ` +
    `their marks say little about the model; ROC AUC and the calibration do not.`
  );
}

/** "off by 12.1 on average": what a metric of numbers means. */
export function errorText(task: Task, quality: Metrics): string | null {
  if (!('mae' in quality)) return null;
  return `A prediction is off by ${answerText[task](quality.mae)} on average, in the unit of the label.`;
}
