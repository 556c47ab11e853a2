import type { ColumnDrift, Verdict } from '../../schemas/index.js';
import { type Html, html, page } from './html.js';
import { columnCharts, driftTable } from './monitor-report-columns.js';
import { qualitySection } from './monitor-report-quality.js';
import { countText, decimalText, shareText, signedText } from './number-text.js';
import { reportStyle } from './report-style.js';
import type { ShownWindow } from './shown-window.js';

/**
 * One window as a page a person can judge: the verdict with its reasons, quality, then every column, the most drifted
 * first. The same window gives the same bytes.
 */
export function monitorReport(report: ShownWindow): string {
  const { model, environment, window } = report.result;
  return page({
    title: `Monitoring of ${model} in ${environment}, ${window ? windowText(window) : 'no window'}`,
    style: reportStyle,
    body: html`<main>
${heading(report.result)}
${tiles(report)}
<section class="card reasons"><ul>${report.result.reasons.map((reason) => html`<li>${reason}</li>`)}</ul></section>
${qualitySection(report)}
${driftTable(report)}
${columnCharts(report)}
</main>`,
  });
}

const verdicts: Record<Verdict, { look: string; text: string }> = {
  healthy: { look: 'good', text: 'healthy' },
  drifted: { look: 'warn', text: 'drifted' },
  decayed: { look: 'bad', text: 'decayed' },
  tooFewRows: { look: 'none', text: 'too few rows' },
  nothingToLookAt: { look: 'none', text: 'nothing to look at' },
};

function heading({ model, environment, version, window, verdict }: ShownWindow['result']): Html {
  const { look, text } = verdicts[verdict];
  return html`<header><div><h1>${model}${version === null ? null : html` <span class="soft">version ${version}</span>`}</h1>
<p class="soft">${environment} · ${window ? windowText(window) : 'no window'}</p></div>
<div class="verdict ${look}">${text}</div></header>`;
}

/** Whole days read as dates: the end of a window is the first moment outside it. */
function windowText({ from, to }: { from: string; to: string }): string {
  const days = [from, to].map((at) => (/T00:00:00(\.0+)?Z$/.test(at) ? at.slice(0, 10) : null));
  if (days[0] === null || days[1] === null) return `${from} to ${to} (UTC)`;
  const oneDay = Date.parse(to) - Date.parse(from) === 86_400_000;
  return oneDay ? `${days[0]} (UTC)` : `${days[0]} up to ${days[1]} (UTC)`;
}

function tiles({ result, policy }: ShownWindow): Html {
  const quality = result.quality;
  const rocAuc = quality && 'rocAuc' in quality ? quality.rocAuc : null;
  const rmse = quality && 'rmse' in quality ? quality.rmse : null;
  const known = result.predictions === 0 ? 0 : result.outcomes / result.predictions;
  return html`<section class="tiles">
${tile(countText(result.predictions), 'predictions')}
${tile(countText(result.outcomes), `known outcomes (${shareText(known)})`)}
${driftTile(result.drift)}
${rmse === null ? tile(decimalText(rocAuc), 'ROC AUC') : tile(decimalText(rmse), 'RMSE')}
${tile(signedText(result.calibrationGap), `calibration gap (limit ${decimalText(policy.maxCalibrationGap)})`)}
${tile(`${result.badWindows} of ${policy.patience}`, result.retrainAsked ? 'bad windows: retraining asked for' : 'bad windows in a row')}
</section>`;
}

/** Of the columns that could be judged. */
function driftTile(drift: readonly ColumnDrift[]): Html {
  const judged = drift.filter((column) => column.judged);
  const drifted = judged.filter((column) => column.drifted);
  const unjudged = drift.length - judged.length;
  const name = unjudged === 0 ? 'columns drifted' : `columns drifted; ${unjudged} not judged`;
  return tile(unjudged > 0 && judged.length === 0 ? '–' : `${drifted.length} of ${judged.length}`, name);
}

function tile(value: string, name: string): Html {
  return html`<div class="card tile"><b>${value}</b><span>${name}</span></div>`;
}
