import { type Html, html, page } from './html.js';
import { columnCharts, driftTable } from './monitor-report-columns.js';
import { qualitySection } from './monitor-report-quality.js';
import { identitySection, storySection } from './monitor-report-story.js';
import { tiles } from './monitor-report-tiles.js';
import { reportStyle } from './report-style.js';
import type { ShownWindow } from './shown-window.js';
import { lookOf } from './verdict-look.js';
import { windowText } from './window-text.js';

/**
 * One window as a page a person can judge: the verdict with its reasons and what follows from it, quality, then every
 * column, the most drifted first. The same window gives the same bytes.
 */
export function monitorReport(shown: ShownWindow): string {
  const { model, environment, window } = shown.result;
  return page({
    title: `Monitoring of ${model} in ${environment}, ${windowText(window)}`,
    style: reportStyle,
    body: html`<main>
${heading(shown.result)}
${tiles(shown)}
${storySection(shown)}
${qualitySection(shown)}
${driftTable(shown)}
${columnCharts(shown)}
${identitySection(shown)}
</main>`,
  });
}

function heading({ model, environment, version, window, verdict }: ShownWindow['result']): Html {
  const { look, text } = lookOf(verdict);
  return html`<header><div><h1>${model}${version === null ? null : html` <span class="soft">version ${version}</span>`}</h1>
<p class="soft">${environment} · ${windowText(window)}</p></div>
<div class="verdict ${look}">${text}</div></header>`;
}
