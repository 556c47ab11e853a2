import { type ColumnDrift, leadingMetric } from '../../schemas/index.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import type { PastWindow } from '../stores/registry.js';
import { type Html, html } from './html.js';
import { countText, decimalText, shareText, signedText } from './number-text.js';
import type { ShownWindow } from './shown-window.js';
import { sparkline, strip } from './svg-trend.js';
import { lookOf } from './verdict-look.js';
import { windowsText, windowText } from './window-text.js';

/** A number that stands for one side of a window, and the way it took to it. */
export interface Tile {
  readonly value: string;
  readonly name: string;
  /** of the windows before and this one */
  readonly way: readonly (number | null)[];
}

/** What a person reads first. */
export function tilesOf(shown: ShownWindow): Tile[] {
  const { result } = shown;
  return [
    {
      value: countText(result.predictions),
      name: result.predictions === 1 ? 'prediction' : 'predictions',
      way: wayOf(shown, ({ predictions }) => predictions),
    },
    outcomeTile(shown),
    driftTile(shown),
    qualityTile(shown),
    gapTile(shown),
    badTile(shown),
  ];
}

/** The same number of each window before, and of this one. */
function wayOf(shown: ShownWindow, of: (window: PastWindow) => number | null): (number | null)[] {
  return [...shown.past.windows, asPast(shown)].map(of);
}

/** As the next window will see this one. */
function asPast({ result }: ShownWindow): PastWindow {
  return {
    from: result.window?.from ?? '',
    to: result.window?.to ?? '',
    verdict: result.verdict,
    predictions: result.predictions,
    outcomes: result.outcomes,
    driftedColumns: result.driftedColumns.length,
    quality: leadingMetric(result.quality)?.value ?? null,
    calibrationGap: result.calibrationGap,
  };
}

function outcomeTile(shown: ShownWindow): Tile {
  const { predictions, outcomes } = shown.result;
  const known = predictions === 0 ? 0 : outcomes / predictions;
  return {
    value: countText(outcomes),
    name: `known outcomes, ${shareText(known)} of the predictions`,
    way: wayOf(shown, (window) => window.outcomes),
  };
}

function driftTile(shown: ShownWindow): Tile {
  return { ...driftedOf(shown.result.drift), way: wayOf(shown, ({ driftedColumns }) => driftedColumns) };
}

/** Of the columns that could be judged. */
function driftedOf(drift: readonly ColumnDrift[]): { value: string; name: string } {
  const judged = drift.filter((column) => column.judged);
  const unjudged = drift.length - judged.length;
  const name = unjudged === 0 ? 'columns drifted' : `columns drifted; ${unjudged} not judged`;
  if (judged.length === 0) return { value: '–', name };
  return { value: `${judged.filter(({ drifted }) => drifted).length} of ${judged.length}`, name };
}

function qualityTile(shown: ShownWindow): Tile {
  const metric = shown.task === 'binary' ? 'ROC AUC' : 'RMSE';
  const [now, before] = [shown.result.quality, shown.test].map(leadingMetric);
  const name = before ? `${metric}; ${decimalText(before.value)} at packaging` : metric;
  return { value: decimalText(now?.value ?? null), name, way: wayOf(shown, ({ quality }) => quality) };
}

function gapTile(shown: ShownWindow): Tile {
  const { calibrationGap: gap } = shown.result;
  const limit = shown.policy.maxCalibrationGap * (shown.test === null ? 1 : tasks[shown.task].gapUnit(shown.test));
  const way = wayOf(shown, ({ calibrationGap }) => calibrationGap);
  if (shown.task === 'regression')
    return { value: signedText(gap), name: `mean predicted − mean observed; limit ±${decimalText(limit)}`, way };
  const points = (share: number) => (Math.abs(share) * 100).toFixed(1);
  if (gap === null) return { value: '–', name: 'predicted against observed', way };
  const side = gap < 0 ? 'below' : 'above';
  const value = `${gap < 0 ? '−' : '+'}${points(gap)}`;
  return { value, name: `percentage points predicted ${side} observed; limit ±${points(limit)}`, way };
}

function badTile({ result, policy }: ShownWindow): Tile {
  const { badWindows: bad, window } = result;
  const name = `bad ${windowsText(bad, window)} in a row; ${policy.patience} ask${policy.patience === 1 ? 's' : ''} for retraining`;
  return { value: String(bad), name, way: [] };
}

export function tiles(shown: ShownWindow): Html {
  const all = tilesOf(shown);
  const since = shown.past.windows[0]?.from.slice(0, 10) ?? '';
  return html`<section class="tiles">${all.map(({ value, name, way }) => {
    const trend =
      way.length === 0 ? verdictStrip(shown) : sparkline(`${name}: ${way.length} windows since ${since}`, way);
    return html`<div class="card tile"><b>${value}</b><span>${name}</span>${trend}</div>`;
  })}</section>`;
}

function verdictStrip(shown: ShownWindow): Html | null {
  const windows = [...shown.past.windows, asPast(shown)];
  const marks = windows.map(({ from, to, verdict }) => {
    const { look, text } = lookOf(verdict);
    return { look, title: `${windowText({ from, to })}: ${text}` };
  });
  return strip(`verdicts of the last ${marks.length} windows`, marks);
}
