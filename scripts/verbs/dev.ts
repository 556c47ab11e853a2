import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../schemas/index.js';
import { livingProcesses } from '../cli/environment.js';

import type { Verb } from '../cli/verb.js';
import { servePages } from '../pages/page-server.js';
import { inboxUrl, startPage } from '../pages/start-page.js';
import { root } from '../servers/clone-root.js';
import { type Stack, startStack } from '../servers/stack.js';
import { findTemporalCli } from '../servers/temporal-cli.js';

const directory = join(root, '.mlops', 'dev');

export const verb: Verb = {
  name: 'dev',
  summary: 'run everything on this machine: Temporal and its UI, Postgres, model server, worker',
  usage: 'dev',
  async run() {
    refuseSecond();
    const stack = await startStack({
      directory,
      log: (line) => console.log(`  ${line}`),
      ports: { temporal: 7233, ui: 8233, server: 8080 },
      environment: { MODEL_SERVER_LOG_ROTATE_MS: '2000', MLOPS_PAGES_URL: pagesUrl }, // a person who tries things out looks at once
    });
    const stopping = whenAsked();
    writeEnvironment(stack);
    const pages = await servePages({
      port: pagesPort,
      environment: stack.environment,
      start: (fleet) => startPage(stack, fleet),
    }).catch(async (error: unknown) => {
      await stack.stop();
      rmSync(environmentFile, { force: true });
      throw error;
    });
    console.log(banner(stack, await findTemporalCli({ log: () => {} })));
    const ended = await Promise.race([stopping.then(() => null), whenOneEnds(stack)]);
    console.log(ended ? `\n${ended} ended by itself; stopping the rest …` : '\nstopping …');
    rmSync(environmentFile, { force: true });
    await pages.stop();
    await stack.stop();
    return ended ? 1 : 0;
  },
};

const environmentFile = join(root, '.mlops', 'dev.env');
const pagesPort = 8090;
const pagesUrl = `http://127.0.0.1:${pagesPort}`;

/** A second one in the same folder would take the first one's data away from it. */
function refuseSecond(): void {
  const living = livingProcesses(environmentFile);
  if (living.length > 0)
    throw failure(
      'ALREADY_RUNNING',
      `"npm run dev" runs already (processes ${living.join(', ')}). Stop it with Ctrl-C first.`,
    );
}

/** For commands beside it, in another terminal. */
function writeEnvironment(stack: Stack): void {
  mkdirSync(join(root, '.mlops'), { recursive: true });
  const pids = `# pids ${services(stack)
    .map((service) => service.pid())
    .join(' ')}`;
  const lines = Object.entries(stack.environment).map(([name, value]) => `${name}=${value}`);
  writeFileSync(environmentFile, [pids, ...lines, ''].join('\n'), { mode: 0o600 });
}

const services = (stack: Stack) => [
  stack.temporal,
  stack.worker,
  stack.modelServer,
  ...(stack.postgres ? [stack.postgres] : []),
];

function banner(stack: Stack, cli: string): string {
  const rows = [
    ['Temporal UI', `${stack.uiUrl}/namespaces/default/workflows   (a workflow's card: its tab User Metadata)`],
    ['inbox', inboxUrl(stack.uiUrl)],
    ['pages', `${pagesUrl}   (models with their reports and cards, and links to filled-in forms of the UI)`],
    ['Temporal', stack.temporalAddress],
    ['model server', `${stack.serverUrl}/docs`],
    ['temporal CLI', `export PATH="$PATH:${dirname(cli)}"   (if "temporal" is not found)`],
    ['settings', '.mlops/dev.env (read by npx temporal-mlops … beside this)'],
    ['logs', '.mlops/dev/logs'],
  ];
  const lines = rows.map(([name, value]) => `  ${(name ?? '').padEnd(14)}${value ?? ''}`);
  return ['', 'Everything is up. Ctrl-C stops it; what it holds is kept in .mlops/dev.', '', ...lines, ''].join('\n');
}

function whenAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

async function whenOneEnds(stack: Stack): Promise<string> {
  for (;;) {
    const ended = services(stack).find((service) => !service.running());
    if (ended) return ended.name;
    await sleep(500);
  }
}
