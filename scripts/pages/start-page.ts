import { type Html, html, page } from '../../activities/reports/html.js';
import { reportStyle } from '../../activities/reports/report-style.js';
import type { FleetLine } from '../../activities/stores/fleet.js';
import { pageLinks, registry, taskQueues, type WorkflowType, workflowIds } from '../../schemas/index.js';

const model = 'flight-delay';
const environment = 'production';

/** Each workflow under the id by which the others find it, in the order of a model's life. */
const starts: readonly { readonly type: WorkflowType; readonly id: string; readonly does: string }[] = [
  { type: 'modelLifecycle', id: workflowIds.lifecycle(model), does: 'all of it, for as long as the model lives' },
  { type: 'collectData', id: workflowIds.collect('flights'), does: 'sources → one dataset version' },
  { type: 'labelData', id: workflowIds.label('flights'), does: 'dataset version → labelled dataset version' },
  { type: 'trainModel', id: workflowIds.train(model), does: 'labelled version → search → best run' },
  { type: 'packageModel', id: workflowIds.package(model), does: 'run → model version' },
  {
    type: 'deployModel',
    id: workflowIds.deploy(model, environment),
    does: 'model version → environment, behind approval',
  },
  { type: 'monitorModel', id: workflowIds.monitor(model, environment), does: 'every data day that is due' },
  { type: 'retrainModel', id: workflowIds.retrain(model), does: 'new data → challenger → compared with the champion' },
];

const workflowsOf = (uiUrl: string) => `${uiUrl}/namespaces/default/workflows`;

/** The inbox: what waits for somebody's answer. */
export const inboxUrl = (uiUrl: string): string =>
  `${workflowsOf(uiUrl)}?query=${encodeURIComponent('MlNeedsApproval=true')}`;

/** The UI's form with everything filled in but the input, which no link can carry. */
export function startUrl(uiUrl: string, { type, id }: { type: string; id: string }): string {
  const fields = new URLSearchParams({ taskQueue: taskQueues.orchestration, workflowType: type, workflowId: id });
  return `${workflowsOf(uiUrl)}/start-workflow?${fields}`;
}

/** One page that opens everything, models and what there is to read of them first. */
export function startPage(
  { uiUrl, serverUrl }: { readonly uiUrl: string; readonly serverUrl: string },
  fleet: readonly FleetLine[],
): string {
  const decayed = `${workflowsOf(uiUrl)}?query=${encodeURIComponent("MlVerdict='decayed'")}`;
  const body = html`<main>
<h1>temporal-mlops</h1>
<p><a href="${inboxUrl(uiUrl)}">What waits for an answer</a> · <a href="${decayed}">What decayed</a> ·
<a href="${workflowsOf(uiUrl)}">All workflows</a> · <a href="${serverUrl}/docs">Model server</a></p>
${fleetTable(uiUrl, fleet)}
<p class="soft">Where a workflow stands, what it waits for and the lines that answer it are in its tab <b>User Metadata</b>.</p>
<h2>Start</h2>
<p class="soft">Each link opens the form filled in; paste the example below it as its input, or one of your own.</p>
${starts.map((start) => section(uiUrl, start))}
</main>`;
  return page({ title: 'temporal-mlops', style: `${reportStyle}${startStyle}`, body });
}

const startStyle = 'pre{overflow:auto;padding:12px;margin:8px 0}table{margin:16px 0}';

/** Where every model stands, with what there is to read of it. */
function fleetTable(uiUrl: string, lines: readonly FleetLine[]): Html {
  if (lines.length === 0) return html`<p class="soft">No lifecycle is known yet.</p>`;
  return html`<table><thead><tr><th>model</th><th>stands</th><th>environment</th><th>serves</th><th>health</th><th>waits for</th></tr></thead>
<tbody>${lines.map((line) => fleetRow(uiUrl, line))}</tbody></table>`;
}

function fleetRow(uiUrl: string, line: FleetLine): Html {
  const { model, environment, version, verdict, verdictSince, waitsFor, stage, problem, owner } = line;
  const links = pageLinks('');
  const serves = version === null ? '–' : html`<a href="${links.card(model, version)}">version ${version}</a>`;
  const health = verdict === null ? '–' : `${verdict} since ${verdictSince?.slice(0, 10) ?? '?'}`;
  const isJudged = verdict !== null && environment !== null;
  const read = isJudged ? html`<a href="${links.report(model, environment, null)}">${health}</a>` : health;
  const stands = [stage, ...(problem === null ? [] : [problem])].join(': ');
  return html`<tr><td><a href="${workflowsOf(uiUrl)}/${encodeURIComponent(owner)}">${model}</a></td><td>${stands}</td><td>${environment ?? '–'}</td><td>${serves}</td><td>${read}</td><td>${waitsFor ?? ''}</td></tr>`;
}

function section(uiUrl: string, start: (typeof starts)[number]): Html {
  const example = JSON.stringify(registry[start.type].example, null, 2);
  return html`<h3><a href="${startUrl(uiUrl, start)}">${start.type}</a> · ${start.id}</h3>
<p class="soft">${start.does}</p>
<pre class="card">${example}</pre>
`;
}
