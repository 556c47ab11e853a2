import { type ColumnDrift, type MonitorPolicy, predictionColumn } from '../../schemas/index.js';
import type { Spread } from '../../statistics/drift/window-distribution.js';
import { numberAxis } from './axis.js';
import { type Html, html } from './html.js';
import { countText, decimalText, shareText } from './number-text.js';
import type { ShownWindow } from './shown-window.js';
import { categoryChart } from './svg-categories.js';
import { histogramChart } from './svg-histogram.js';
import { answerAxis } from './window-text.js';

/** More charts than this are not looked at, nor more rows; the JSON of the result has every column. */
const mostCharts = 20;
const mostRows = 100;

/** Every column in numbers, the most drifted first. */
export function driftTable({ result, policy }: ShownWindow): Html {
  const columns = byPsi(result.drift);
  if (columns.length === 0) return html``;
  const top = Math.max(policy.psiThreshold * 2, ...columns.map((column) => column.psi));
  const left = columns.length - mostRows;
  return html`<h2>Drift by column</h2><div class="card"><table class="drift"><thead><tr><th>Column</th><th>Drift</th><th class="n">PSI</th>
<th class="wide" aria-label="PSI against its limit"></th><th class="n wide">Jensen–Shannon</th><th class="n wide">Statistic</th><th class="n">p</th><th class="n">Missing</th><th class="wide">Why</th>
</tr></thead><tbody>${columns.slice(0, mostRows).map((column) => driftRow(column, policy, top))}</tbody></table>
${left > 0 ? html`<p class="note">${countText(left)} more columns, all less drifted, are in the JSON of the result.</p>` : null}${words()}</div>`;
}

/** What each number says, for who sees it for the first time. */
function words(): Html {
  const lines: [string, string][] = [
    [
      'PSI',
      'population stability index: how far shares moved between bins. 0 is not at all, up to 0.1 little, above 0.2 much. It decides.',
    ],
    [
      'Jensen–Shannon',
      'how easily a row of the window is told from one of the training data: 0 is not at all, 1 always.',
    ],
    ['KS', 'Kolmogorov–Smirnov: the largest gap between the two cumulative distributions of a number, from 0 to 1.'],
    ['χ²', 'how far the counts of categories are from those expected; it grows with rows and with categories.'],
    [
      'p',
      'how often chance alone gives such a KS or χ². With many rows it is small for harmless differences, so it decides nothing.',
    ],
  ];
  return html`<dl class="words">${lines.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>`;
}

function driftRow(column: ColumnDrift, policy: MonitorPolicy, top: number): Html {
  return html`<tr><td class="name">${column.column}</td><td>${driftMark(column, policy)}</td><td class="n">${psiText(column.psi)}</td>
<td class="wide">${meter(column.psi, policy.psiThreshold, top)}</td><td class="n wide">${psiText(column.jensenShannon)}</td>
<td class="n wide">${statisticText(column)}</td><td class="n">${pText(column.pValue)}</td><td class="n">${shareText(column.missingShare)}</td>
<td class="soft wide">${column.reason}</td></tr>`;
}

/** A column that was not judged is not called steady. */
function driftMark({ drifted, judged, rows }: ColumnDrift, { minRows }: MonitorPolicy): Html {
  if (drifted) return html`<span class="mark bad">drifted</span>`;
  if (judged) return html`<span class="mark good">steady</span>`;
  return html`<span class="soft">${rows < minRows ? `too few rows to judge: ${rows} of ${minRows}` : 'not judged'}</span>`;
}

function meter(psi: number, threshold: number, top: number): Html {
  const [width, limit] = [Math.min(100, (psi / top) * 100), (threshold / top) * 100].map(
    (x) => Math.round(x * 10) / 10,
  );
  return html`<svg class="meter" viewBox="0 0 100 8" aria-hidden="true"><rect class="track" width="100" height="8" rx="2"/>
<rect class="${psi > threshold ? 'over' : 'fill'}" width="${width ?? 0}" height="8" rx="2"/><line class="limit" x1="${limit ?? 0}" x2="${limit ?? 0}" y1="0" y2="8"/></svg>`;
}

const psiText = (psi: number): string => (psi < 10 ? psi.toFixed(3) : decimalText(psi));

function statisticText({ ksStatistic, chiSquare }: ColumnDrift): string {
  if (ksStatistic !== null) return `KS ${decimalText(ksStatistic)}`;
  return chiSquare === null ? '–' : `χ² ${decimalText(chiSquare)}`;
}

function pText(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** Training data and window over one another for the columns that moved most. */
export function columnCharts({ result, distributions, task }: ShownWindow): Html {
  const spreads = new Map(distributions.map(({ column, spread }) => [column, spread]));
  const charted = byPsi(result.drift).flatMap((drift) => {
    const spread = spreads.get(drift.column) ?? null;
    return spread === null ? [] : [{ drift, spread }];
  });
  if (charted.length === 0) return html``;
  const left = charted.length - mostCharts;
  return html`<h2>Distributions</h2><div class="legend"><span><i class="baseline"></i>training data</span>
<span><i class="window"></i>this window</span>${left > 0 ? html`<span>${countText(left)} more columns are in the table</span>` : null}</div>
<div class="charts">${charted.slice(0, mostCharts).map(({ drift, spread }) => chart(drift, spread, axisOf(drift, task)))}</div>`;
}

const axisOf = ({ column }: ColumnDrift, task: ShownWindow['task']) =>
  column === predictionColumn ? answerAxis[task] : numberAxis;

function chart(column: ColumnDrift, spread: Spread, text: typeof numberAxis): Html {
  const title = `Distribution of ${column.column}`;
  return html`<div class="card"><div class="head"><h3>${column.column}</h3>
<span class="mark ${column.drifted ? 'bad' : ''}">PSI ${psiText(column.psi)}</span></div>
${spread.kind === 'histogram' ? histogramChart(title, spread.histogram, text) : categoryChart(title, spread)}</div>`;
}

function byPsi(drift: readonly ColumnDrift[]): ColumnDrift[] {
  return [...drift].sort((a, b) => b.psi - a.psi || (a.column < b.column ? -1 : 1));
}
