import { exampleInfer, exampleInvocation } from './openapi.js';
import type { ServingVersion } from './serving-version.js';

/** The documentation as one page without any other file: it works on machines that see no network. */
export function docsPage(versions: readonly ServingVersion[]): string {
  const models = versions.map(modelSection).join('') || '<p>No model is served yet.</p>';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Model server</title><style>${style}</style>
<h1>Model server</h1><p>Machine-readable: <a href="openapi.json">openapi.json</a></p>${models}
<h2>True outcomes</h2><p>Sent late, by the <code>x-request-id</code> of the answer.</p>
${call('/v1/outcomes', { by: 'billing', outcomes: [{ requestId: 'b7e1', outcome: 1 }] })}
<h2>Health and metrics</h2><p><code>GET /v2/health/live</code> · <code>GET /v2/health/ready</code> · <code>GET /metrics</code></p>
<h2>Errors</h2><p>Every error is <code>{"error", "code", "field"?}</code>. 400: the request is wrong; 404: nothing of that name;
413: too large; 503 with <code>retry-after</code>: try again; 504: not answered in time.</p></html>`;
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{background:#f4f4f4;padding:1rem;overflow:auto}td,th{padding:.2rem 1rem .2rem 0;text-align:left}';

function modelSection(version: ServingVersion): string {
  const { model, version: served } = version.slotted;
  const rows = version.reader.columns
    .map(({ name, type }) => `<tr><td><code>${escape(name)}</code><td>${type}`)
    .join('');
  return `<h2>${escape(model)}</h2><p>Version ${served.version}, <code>${served.modelDigest}</code>. A missing value is null.</p>
<table><tr><th>Column<th>Type${rows}</table>
${call(`/models/${model}/invocations`, exampleInvocation(version))}${call(`/v2/models/${model}/infer`, exampleInfer(version))}`;
}

function call(path: string, body: unknown): string {
  return `<p><code>POST ${escape(path)}</code></p><pre>${escape(JSON.stringify(body, null, 2))}</pre>`;
}

function escape(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] as string);
}
