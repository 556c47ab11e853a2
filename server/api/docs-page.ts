import { type Html, html, page } from '../../activities/reports/html.js';
import { reportStyle } from '../../activities/reports/report-style.js';
import { newRequestId } from '../http/request-id.js';
import { requestValue } from '../model/example-row.js';
import type { ServingVersion } from '../model/serving-version.js';
import { type CurlTarget, curlCommand, listBody, type Post, recordBody } from './curl-command.js';
import { exampleInfer, exampleInvocation, exampleOutcomes } from './example-request.js';
import { datatypeOf } from './infer-request.js';

/** The documentation as one page without any other file: it works on machines that see no network. */
export function docsPage(versions: readonly ServingVersion[], target: CurlTarget): string {
  const models = versions.map((version) => modelSection(version, target));
  return page({
    title: 'Model server',
    style: reportStyle + docsStyle,
    body: html`<main><header><div><h1>Model server</h1><p class="soft">The commands below work as they are: their rows are made up of
what is common in the training data. What you send is logged like any other request.</p></div></header>
${versions.length === 0 ? html`<p class="card soft">No model is served yet.</p>` : models}
${elsewhere}</main>`,
  });
}

const docsStyle = `
pre{margin:8px 0 0;padding:12px 14px;background:var(--page);border:1px solid var(--rule);border-radius:8px;overflow:auto;
max-height:32em;font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace;tab-size:2}
code{font:0.92em ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.card+.card,.card+p,pre+p{margin-top:12px}
a{color:var(--window)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0}dt{white-space:nowrap}dd{margin:0}
`;

function modelSection(version: ServingVersion, target: CurlTarget): Html {
  const { model, version: served } = version.slotted;
  const requestId = newRequestId();
  const { inputs } = exampleInfer(version);
  const [record = {}] = exampleInvocation(version).dataframe_records;
  const { outcomes, ...sender } = exampleOutcomes(version, requestId);
  const show = (post: Post) => html`<pre>${curlCommand(target, post)}</pre>`;
  return html`<h2>${model} <span class="soft">version ${served.version}</span></h2>
<div class="card"><h3>Ask, as a data frame</h3><p class="soft">MLflow’s format, one record a row. The answer’s <code>x-prediction-id</code> is the identity of the prediction; the request id is your name for it, and may be left out.</p>
${show({ path: `/models/${model}/invocations`, body: recordBody('dataframe_records', record), requestId })}
<p class="soft">Version ${served.version} answers about ${String(Number(version.example.answer.toPrecision(4)))}.</p></div>
<div class="card"><h3>Ask, as tensors</h3><p class="soft">Open Inference Protocol v2, one tensor a column. <code>/v2/models/${model}/versions/${served.version}/infer</code> asks this version alone.</p>
${show({ path: `/v2/models/${model}/infer`, body: listBody('inputs', inputs) })}</div>
<div class="card"><h3>Say what came true</h3><p class="soft">Later, by <code>predictionId</code>, or by request id and model: here, of the first request above. Of a request with several rows <code>&lt;prediction id&gt;:&lt;row&gt;</code> names one, or <code>row</code> beside the request id, from 0. A later outcome of the same prediction supersedes; one that fits several predictions is refused.</p>
${show({ path: '/v1/outcomes', body: listBody('outcomes', outcomes, sender) })}</div>
${columnTable(version)}<p class="soft">Model digest <code>${served.modelDigest}</code></p>`;
}

function columnTable({ reader, example }: ServingVersion): Html {
  const rows = reader.columns.map(
    (
      column,
      i,
    ) => html`<tr><td class="name">${column.name}</td><td>${column.type}</td><td>${datatypeOf[column.type]}</td>
<td><code>${JSON.stringify(requestValue(column, example.values[i] ?? null))}</code></td></tr>`,
  );
  return html`<div class="card scroll"><h3>Columns</h3><p class="soft">All are needed; a missing value is null. Times are ISO 8601 in UTC or epoch milliseconds.</p>
<table><thead><tr><th>Column</th><th>Type</th><th>Tensor datatype</th><th>Example</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

const elsewhere = html`<h2>Everything else</h2><div class="card"><dl>
<dt><a href="openapi.json">openapi.json</a></dt><dd>this page for machines</dd>
<dt><code>GET /v2/health/live</code></dt><dd>is the server up?</dd>
<dt><code>GET /v2/health/ready</code></dt><dd>does it take requests?</dd>
<dt><code>GET /metrics</code></dt><dd>Prometheus</dd></dl></div>
<h2>Errors</h2><div class="card"><p>Every error is <code>{"error", "code", "field"?}</code>.</p><dl>
<dt>400</dt><dd>the request is wrong; <code>field</code> says where</dd><dt>404</dt><dd>nothing of that name</dd>
<dt>403</dt><dd>a page of another site, or another server’s name</dd>
<dt>413</dt><dd>too large</dd><dt>415</dt><dd>send <code>content-type: application/json</code></dd><dt>503</dt><dd>try again after <code>retry-after</code> seconds</dd>
<dt>504</dt><dd>not answered in time</dd></dl></div>`;
