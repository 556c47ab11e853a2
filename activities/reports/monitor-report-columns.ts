import type { ColumnDrift, MonitorPolicy } from '../../schemas/index.js';
import { type Html, html } from './html.js';
import { decimalText, shareText } from './number-text.js';
import type { ShownWindow } from './shown-window.js';
import { pairedBars } from './svg-bars.js';

/** More charts than this are not looked at; the table has every column. */
const mostCharts = 24;

/** Every column in numbers, the most drifted first. */
export function driftTable({ result, policy }: ShownWindow): Html {
  const columns = byPsi(result.drift);
  if (columns.length === 0) return html``;
  const top = Math.max(policy.psiThreshold * 2, ...columns.map((column) => column.psi));
  return html`<h2>Drift by column</h2><div class="card scroll"><table><thead><tr><th>Column</th><th>Drift</th><th class="n">PSI</th>
<th aria-label="PSI against its limit"></th><th class="n">Jensen–Shannon</th><th class="n">Statistic</th><th class="n">p</th><th class="n">Missing</th><th>Why</th>
</tr></thead><tbody>${columns.map((column) => driftRow(column, policy, top))}</tbody></table></div>`;
}

function driftRow(column: ColumnDrift, policy: MonitorPolicy, top: number): Html {
  return html`<tr><td class="name">${column.column}</td><td>${driftMark(column, policy)}</td><td class="n">${decimalText(column.psi)}</td>
<td>${meter(column.psi, policy.psiThreshold, top)}</td><td class="n">${decimalText(column.jensenShannon)}</td>
<td class="n">${statisticText(column)}</td><td class="n">${pText(column.pValue)}</td><td class="n">${shareText(column.missingShare)}</td>
<td class="soft">${column.reason}</td></tr>`;
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

function statisticText({ ksStatistic, chiSquare }: ColumnDrift): string {
  if (ksStatistic !== null) return `KS ${decimalText(ksStatistic)}`;
  return chiSquare === null ? '–' : `χ² ${decimalText(chiSquare)}`;
}

function pText(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** Baseline and window side by side for the columns that moved most. */
export function columnCharts({ result, distributions }: ShownWindow): Html {
  const bins = new Map(distributions.map((distribution) => [distribution.column, distribution.bins]));
  const charted = byPsi(result.drift).filter((column) => (bins.get(column.column) ?? []).length > 0);
  if (charted.length === 0) return html``;
  const left = charted.length - mostCharts;
  return html`<h2>Distributions</h2><div class="legend"><span><i class="baseline"></i>baseline (training data)</span>
<span><i class="window"></i>this window</span>${left > 0 ? html`<span>${left} more columns are in the table</span>` : null}</div>
<div class="charts">${charted.slice(0, mostCharts).map((column) => chart(column, bins.get(column.column) ?? []))}</div>`;
}

function chart(column: ColumnDrift, bins: Parameters<typeof pairedBars>[1]): Html {
  return html`<div class="card"><div class="head"><h3>${column.column}</h3>
<span class="mark ${column.drifted ? 'bad' : ''}">PSI ${decimalText(column.psi)}</span></div>
${pairedBars(`Distribution of ${column.column}`, bins)}</div>`;
}

function byPsi(drift: readonly ColumnDrift[]): ColumnDrift[] {
  return [...drift].sort((a, b) => b.psi - a.psi || (a.column < b.column ? -1 : 1));
}
