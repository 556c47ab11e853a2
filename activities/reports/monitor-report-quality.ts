import type { Metrics, MonitorPolicy } from '../../schemas/index.js';
import type { Confusion, RocPoint } from '../../statistics/metrics/roc-curve.js';
import { numberAxis } from './axis.js';
import { type Html, html } from './html.js';
import { baseRateText, type ComparedMetric, comparedMetrics, errorText } from './metric-comparison.js';
import { countText, shareText } from './number-text.js';
import type { ShownWindow } from './shown-window.js';
import { calibrationChart, rocChart } from './svg-curves.js';
import { histogramChart } from './svg-histogram.js';
import { answerAxis } from './window-text.js';

/** What came true: metrics beside those at packaging, predicted against observed, and what the task has besides. */
export function qualitySection(shown: ShownWindow): Html {
  const { result, test, task } = shown;
  if (result.quality === null)
    return html`<h2>Quality</h2><p class="card soft">No true outcome of this window is known yet.</p>`;
  const said = [baseRateText(result.quality, test), errorText(task, result.quality)].filter((line) => line !== null);
  return html`<h2>Quality</h2>${tooFew(result.quality, shown.policy)}<div class="quality">
<div class="stack"><div class="card">${said.map((line) => html`<p class="said">${line}</p>`)}${metricTable(comparedMetrics(result.quality, test))}</div>${confusionCard(shown)}</div>
${calibrationCard(shown)}${detailCard(shown)}</div>`;
}

/** Numbers of few rows are shown, and said to be of few. */
function tooFew({ rows }: Metrics, { minRows }: MonitorPolicy): Html | null {
  if (rows >= minRows) return null;
  return html`<p class="soft said">Too few outcomes to judge: ${rows} of ${minRows}.</p>`;
}

function metricTable(metrics: readonly ComparedMetric[]): Html {
  return html`<table><thead><tr><th>Metric</th><th class="n">this window</th><th class="n">at packaging</th><th></th></tr></thead>
<tbody>${metrics.map(
    ({ name, now, before, mark }) =>
      html`<tr><td>${name}</td><td class="n">${now}</td><td class="n soft">${before}</td><td>${markText(mark)}</td></tr>`,
  )}</tbody></table>`;
}

function markText(mark: ComparedMetric['mark']): Html | null {
  if (mark === 'better') return html`<span class="mark good">▲ better</span>`;
  if (mark === 'worse') return html`<span class="mark bad">▼ worse</span>`;
  return mark === null ? null : html`<span class="soft">≈ same</span>`;
}

function calibrationCard({ calibration, task }: ShownWindow): Html | null {
  if (calibration.length === 0) return null;
  const fewest = Math.min(...calibration.map(({ rows }) => rows));
  return html`<div class="card"><h3>Predicted against observed</h3>${calibrationChart(calibration, answerAxis[task])}
<p class="note">Each point stands for at least ${countText(fewest)} rows, its bar for the 95 % interval of what is observed. On the dashed line predictions come true as often as they say.</p></div>`;
}

function detailCard({ detail }: ShownWindow): Html | null {
  if (detail === null) return null;
  if (detail.kind === 'errors') return detail.errors === null ? null : errorsCard(detail.errors);
  return detail.roc.length === 0 ? null : rocCard(detail.roc, detail.confusion);
}

function errorsCard(errors: Parameters<typeof histogramChart>[1]): Html {
  return html`<div class="card"><h3>Predicted − observed</h3>${histogramChart('Errors', errors, numberAxis)}
<p class="note">How far off, in the unit of the label: right of 0 too much was predicted, left of it too little.</p></div>`;
}

function rocCard(roc: readonly RocPoint[], confusion: Confusion): Html {
  return html`<div class="card"><h3>ROC curve</h3>${rocChart(roc, ratesOf(confusion))}
<p class="note">The dot is the threshold ${shareText(confusion.threshold)}.</p></div>`;
}

function ratesOf({ truePositives, falsePositives, trueNegatives, falseNegatives }: Confusion): RocPoint {
  return {
    falsePositiveRate: falsePositives / (falsePositives + trueNegatives),
    truePositiveRate: truePositives / (truePositives + falseNegatives),
  };
}

function confusionCard({ detail }: ShownWindow): Html | null {
  if (detail === null || detail.kind !== 'classes') return null;
  const { threshold, truePositives, falsePositives, trueNegatives, falseNegatives } = detail.confusion;
  const row = (name: string, counts: [number, number]) =>
    html`<tr><td>${name}</td>${counts.map((count) => html`<td class="n">${countText(count)}</td>`)}</tr>`;
  return html`<div class="card"><h3>Confusion matrix at ${shareText(threshold)}</h3><table class="confusion"><thead><tr><th></th><th class="n">it happened</th><th class="n">it did not</th></tr></thead><tbody>
${row(`predicted ≥ ${shareText(threshold)}`, [truePositives, falsePositives])}${row('predicted below', [falseNegatives, trueNegatives])}</tbody></table>
<p class="note">${foundText(detail.confusion)} The threshold is the base rate at packaging: the model has none of its own, and whoever acts on it may use another.</p></div>`;
}

/** Recall and precision in words; nothing of what there is not. */
function foundText({ truePositives, falsePositives, falseNegatives }: Confusion): string {
  const [happened, called] = [truePositives + falseNegatives, truePositives + falsePositives];
  return [
    ...(happened === 0 ? [] : [`Of what happened ${shareText(truePositives / happened)} is found.`]),
    ...(called === 0 ? [] : [`Of what is called so ${shareText(truePositives / called)} happens.`]),
  ].join(' ');
}
