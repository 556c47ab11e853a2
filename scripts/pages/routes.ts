import { cardOf } from '../../activities/package/package-card.js';
import { html, page } from '../../activities/reports/html.js';
import { reportStyle } from '../../activities/reports/report-style.js';
import type { FleetLine } from '../../activities/stores/fleet.js';
import { failure, Instant, unescapeMarkdown } from '../../schemas/index.js';
import { withStores } from '../cli/connect.js';

export interface Answer {
  readonly status: number;
  readonly type: 'text/html' | 'text/plain';
  readonly body: string | Uint8Array;
}

export interface Told {
  readonly environment: Record<string, string>;
  /** the first page, with where every model stands */
  readonly start: (fleet: readonly FleetLine[]) => string;
}

type Stores = Parameters<Parameters<typeof withStores>[0]>[0];

const name = '([a-z0-9][a-z0-9-]*)';
const routes: readonly (readonly [RegExp, (stores: Stores, parts: string[], told: Told) => Promise<Answer>])[] = [
  [/^\/$/, first],
  [new RegExp(`^/models/${name}/reports/${name}(?:/([0-9TZ:.-]{10,30})(?:/([0-9TZ:.-]{10,30}))?)?$`), report],
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
  return { status: 200, type: 'text/html', body: start(await fleet.all()) };
}

async function report({ lookups, blobs }: Stores, [model = '', environment = '', from, to]: string[]): Promise<Answer> {
  const noReport = failure(
    'NOT_FOUND',
    `There is no report of ${model} in ${environment}${from === undefined ? '' : ` from ${from}`}.`,
  );
  if (![from, to].every((text) => text === undefined || Instant.safeParse(text).success)) throw noReport;
  const found = await lookups.report(model, {
    environment,
    ...(from === undefined ? {} : { window: windowFrom(from, to) }),
  });
  if (found === null) throw noReport;
  return { status: 200, type: 'text/html', body: await blobs.get(found.htmlDigest) };
}

/** A day where no end is given, as links have it. */
function windowFrom(from: string, to: string | undefined): { from: string; to: string } {
  const day = new Date(Date.parse(from) + 86_400_000).toISOString();
  return { from, to: to ?? day };
}

async function card({ registry, blobs }: Stores, [model = '', version = '']: string[]): Promise<Answer> {
  const found = await registry.modelVersion(model, Number(version));
  const file = cardOf(found?.files ?? []);
  if (file === undefined) throw failure('NOT_FOUND', `There is no card of ${model}@${version}.`);
  const text = unescapeMarkdown(Buffer.from(await blobs.get(file.digest)).toString());
  const body = html`<main><pre class="card">${text}</pre></main>`;
  const style = `${reportStyle}pre{overflow:auto;padding:16px;margin:0;white-space:pre-wrap}`;
  return { status: 200, type: 'text/html', body: page({ title: `${model}@${version}`, style, body }) };
}
