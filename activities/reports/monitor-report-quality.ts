import type { Metrics, MonitorPolicy } from '../../schemas/index.js';
import { type Html, html } from './html.js';
import { countText, decimalText, shareText } from './number-text.js';
import type { ShownWindow } from './shown-window.js';
import { calibrationCurve } from './svg-line.js';

/** What came true: the calibration curve, and each metric beside its value on the test rows at packaging. */
export function qualitySection({ result, test, calibration, policy }: ShownWindow): Html {
  if (result.quality === null) {
    return html`<h2>Quality</h2><p class="card soft">No true outcome of this window is known yet.</p>`;
  }
  const table = metricTable(result.quality, test);
  const title = html`<h2>Quality</h2>${tooFew(result.quality, policy)}`;
  if (calibration.length === 0) return html`${title}<div class="card">${table}</div>`;
  return html`${title}<div class="two"><div class="card"><h3>Predicted against observed</h3>
${calibrationCurve(calibration)}</div><div class="card">${table}</div></div>`;
}

/** Numbers of few rows are shown, and said to be of few. */
function tooFew({ rows }: Metrics, { minRows }: MonitorPolicy): Html | null {
  if (rows >= minRows) return null;
  return html`<p class="soft">Too few outcomes to judge: ${rows} of ${minRows}.</p>`;
}

const rows: { key: string; name: string; text: (value: number) => string }[] = [
  { key: 'rocAuc', name: 'ROC AUC', text: decimalText },
  { key: 'prAuc', name: 'PR AUC', text: decimalText },
  { key: 'logLoss', name: 'Log loss', text: decimalText },
  { key: 'brier', name: 'Brier score', text: decimalText },
  { key: 'calibrationError', name: 'Calibration error', text: decimalText },
  { key: 'meanPredicted', name: 'Mean predicted', text: shareText },
  { key: 'meanObserved', name: 'Mean observed', text: shareText },
  { key: 'rmse', name: 'RMSE', text: decimalText },
  { key: 'mae', name: 'MAE', text: decimalText },
  { key: 'r2', name: 'R²', text: decimalText },
  { key: 'rows', name: 'Rows', text: countText },
];

function metricTable(quality: Metrics, test: Metrics | null): Html {
  const [now, before] = [valuesOf(quality), test ? valuesOf(test) : {}];
  return html`<div class="scroll"><table><thead><tr><th>Metric</th><th class="n">this window</th><th class="n">test at packaging</th></tr></thead>
<tbody>${rows
    .filter(({ key }) => key in now)
    .map(({ key, name, text }) =>
      metricRow(
        name,
        [now[key], before[key]].map((value) => valueText(value, text)),
      ),
    )}</tbody></table></div>`;
}

function valuesOf(metrics: Metrics): Record<string, number | null> {
  return { ...metrics };
}

function metricRow(name: string, [now, before]: string[]): Html {
  return html`<tr><td>${name}</td><td class="n">${now ?? ''}</td><td class="n soft">${before ?? ''}</td></tr>`;
}

function valueText(value: number | null | undefined, text: (value: number) => string): string {
  return value === null || value === undefined ? '–' : text(value);
}
