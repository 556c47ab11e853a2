import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../', import.meta.url));
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

const namedIn = (text: string) => [...new Set(text.match(/\b(?:model_server|temporal)_\w*[a-z0-9]\b/g) ?? [])].sort();

/** Those of the supervisor's own process are made by prom-client under a prefix. */
function serverMetrics(): Set<string> {
  const own = new Registry();
  collectDefaultMetrics({ register: own, prefix: 'model_server_supervisor_' });
  const source = textOf('server/supervisor/server-metrics.ts').replaceAll('model_server_supervisor_', '');
  return new Set([...namedIn(source), ...own.getMetricsAsArray().map(({ name }) => name)]);
}

const server = serverMetrics();
const core = coreText();

/** The worker's metrics are made by Temporal's core: its names stand in the compiled library. */
function coreText(): string {
  const here = createRequire(import.meta.url).resolve('@temporalio/core-bridge/package.json');
  const triples = { x64: 'x86_64', arm64: 'aarch64' } as Readonly<Record<string, string>>;
  const systems = { linux: 'unknown-linux-gnu', darwin: 'apple-darwin', win32: 'pc-windows-msvc' } as Readonly<
    Record<string, string>
  >;
  const triple = `${triples[process.arch] ?? ''}-${systems[process.platform] ?? ''}`;
  return readFileSync(join(dirname(here), 'releases', triple, 'index.node'), 'latin1');
}

/** A histogram is read by its parts; core's names have neither prefix nor unit. */
function exists(name: string): boolean {
  const whole = name.replace(/_(bucket|sum|count)$/, '');
  if (name.startsWith('model_server_')) return server.has(name) || server.has(whole);
  return core.includes(whole.replace(/^temporal_/, '').replace(/_(total|seconds)$/, ''));
}

const Alerts = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({ alert: z.string(), expr: z.string(), annotations: z.object({ summary: z.string().min(10) }) }),
      ),
    }),
  ),
});
const Dashboard = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })).min(10),
});
const rules = Alerts.parse(parse(textOf('docker/prometheus/alerts.yml'))).groups.flatMap(({ rules }) => rules);
const { panels } = Dashboard.parse(JSON.parse(textOf('docker/grafana/temporal-mlops.json')));

describe('metrics', () => {
  it.each([
    ['the alert rules', rules.map(({ expr }) => expr).join(' ')],
    ['the dashboard', panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join(' ')],
    ['the documentation', textOf('docs/operations.md')],
  ])('that %s name exist', (_, text) => {
    expect(namedIn(text).length).toBeGreaterThan(10);
    expect(namedIn(text).filter((name) => !exists(name))).toEqual([]);
  });

  it('of the server are all told in the documentation', () => {
    const told = new Set(namedIn(textOf('docs/operations.md')));
    const own = [...server].filter((name) => !name.startsWith('model_server_supervisor_'));
    expect(own.filter((name) => !told.has(name) && !/_(bucket|sum|count)$/.test(name))).toEqual([]);
  });

  it('that nobody makes are noticed here', () => {
    expect(
      ['model_server_nothing', 'temporal_of_nothing_seconds', 'model_server_request_seconds_bucket'].filter(exists),
    ).toEqual(['model_server_request_seconds_bucket']);
  });

  it('have an entry in the troubleshooting page for each alert', () => {
    const page = textOf('docs/troubleshooting.md');
    expect(rules.map(({ alert }) => alert).filter((alert) => !page.includes(`\`${alert}\``))).toEqual([]);
  });
});
