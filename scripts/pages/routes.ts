import { cardOf } from '../../activities/package/package-card.js';
import { type Html, html, page } from '../../activities/reports/html.js';
import { reportStyle } from '../../activities/reports/report-style.js';
import type { FleetLine } from '../../activities/stores/fleet.js';
import { failure, pageLinks } from '../../schemas/index.js';
import { withStores } from '../cli/connect.js';

export interface Answer {
  readonly status: number;
  readonly type: 'text/html' | 'text/plain';
  readonly body: string | Uint8Array;
}

export interface Told {
  readonly environment: Record<string, string>;
  /** the first page around what the fleet says */
  readonly start: (fleet: Html) => string;
}

type Stores = Parameters<Parameters<typeof withStores>[0]>[0];

const name = '([a-z0-9][a-z0-9-]*)';
const routes: readonly (readonly [RegExp, (stores: Stores, parts: string[], told: Told) => Promise<Answer>])[] = [
  [/^\/$/, first],
  [new RegExp(`^/models/${name}/reports/${name}/(\\d{4}-\\d{2}-\\d{2})$`), report],
  [new RegExp(`^/models/${name}/versions/(\\d{1,9})$`), card],
];

/** NOT_FOUND for what no route leads to, and for what the ledger does not know. */
export function answerTo(path: string, told: Told): Promise<Answer> {
  for (const [route, act] of routes) {
    const [, ...parts] = route.exec(path) ?? [];
    if (route.test(path)) return withStores((stores) => act(stores, parts, told), told.environment);
  }
  throw failure('NOT_FOUND', `There is no page ${path}.`);
}

async function first({ fleet }: Stores, _parts: string[], { start }: Told): Promise<Answer> {
  return { status: 200, type: 'text/html', body: start(fleetTable(await fleet.all())) };
}

async function report({ lookups, blobs }: Stores, [model = '', environment = '', day = '']: string[]): Promise<Answer> {
  const found = await lookups.report(model, { environment, day });
  if (found === null) throw failure('NOT_FOUND', `There is no report of ${model} in ${environment} on ${day}.`);
  return { status: 200, type: 'text/html', body: await blobs.get(found.htmlDigest) };
}

async function card({ registry, blobs }: Stores, [model = '', version = '']: string[]): Promise<Answer> {
  const found = await registry.modelVersion(model, Number(version));
  const file = cardOf(found?.files ?? []);
  if (file === undefined) throw failure('NOT_FOUND', `There is no card of ${model}@${version}.`);
  const body = html`<main><pre class="card">${Buffer.from(await blobs.get(file.digest)).toString()}</pre></main>`;
  const style = `${reportStyle}pre{overflow:auto;padding:16px;margin:0;white-space:pre-wrap}`;
  return { status: 200, type: 'text/html', body: page({ title: `${model}@${version}`, style, body }) };
}

/** Where every model stands, with what there is to read of it. */
function fleetTable(lines: readonly FleetLine[]): Html {
  if (lines.length === 0) return html`<p class="soft">No lifecycle is known yet.</p>`;
  return html`<table><thead><tr><th>model</th><th>environment</th><th>serves</th><th>health</th><th>waits for</th></tr></thead>
<tbody>${lines.map(fleetRow)}</tbody></table>`;
}

function fleetRow({ model, environment, version, verdict, verdictSince, dataUntil, waitsFor }: FleetLine): Html {
  const links = pageLinks('');
  const serves = version === null ? '–' : html`<a href="${links.card(model, version)}">version ${version}</a>`;
  const health = verdict === null ? '–' : `${verdict} since ${verdictSince?.slice(0, 10) ?? '?'}`;
  const day = dataUntil === null ? null : new Date(Date.parse(dataUntil) - 1).toISOString();
  const read =
    day === null || environment === null
      ? health
      : html`<a href="${links.report(model, environment, day)}">${health}</a>`;
  return html`<tr><td>${model}</td><td>${environment ?? '–'}</td><td>${serves}</td><td>${read}</td><td>${waitsFor ?? ''}</td></tr>`;
}
