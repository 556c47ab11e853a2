import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { type Trip, writeTrips } from '../../scripts/bench/small-model.js';
import { root } from '../../scripts/servers/clone-root.js';
import type { Installed } from './installed-package.js';
import { createDatabase } from './ledger-database.js';

const run = promisify(execFile);
const types = fileURLToPath(new URL('../fixtures/host-types.ts', import.meta.url));

/** A team's project in TypeScript: the files that the page about the plugin shows, and what must not compile. */
export function writeProject({ folder, path }: Installed): string[] {
  const asAHost = readFileSync(types, 'utf8')
    .replaceAll('../../index.js', 'temporal-mlops')
    .replaceAll('../../workflows/index.js', 'temporal-mlops/workflows');
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: true, outDir: 'built' };
  writeFileSync(join(folder, 'host-types.ts'), asAHost);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const page = readFileSync(join(path, 'docs', 'plugin.md'), 'utf8');
  return [...page.matchAll(/^```ts file=(\S+)\n([^]*?)^```$/gm)].map(([, name = '', text = '']) => {
    writeFileSync(join(folder, name), text);
    return name;
  });
}

/** What the compiler says; nothing where all is well. */
export async function compileProject({ folder }: Installed): Promise<string> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error);
  return (await done).stdout;
}

/** The settings of the page, on the run's servers, with trips to collect and a ledger that is up to date. */
export async function settingsOf({ folder, path }: Installed, rows: readonly Trip[]) {
  const sources = join(folder, 'sources');
  mkdirSync(sources);
  writeTrips(join(sources, 'trips.csv'), rows);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    DATABASE_URL: await createDatabase('page'),
    BLOB_URL: pathToFileURL(join(folder, 'blobs')).href,
    MLOPS_PROFILE: 'development',
    MLOPS_SOURCE_DIRECTORIES: sources,
    MLOPS_WORK_DIRECTORY: join(folder, 'work'),
    MODEL_SERVER_ADDRESS: 'http://127.0.0.1:1',
    MODEL_SERVER_TOKEN: 'a-token-that-nobody-asks-for',
  };
  await run(process.execPath, [join(path, 'scripts', 'temporal-mlops.mjs'), 'migrate'], { env });
  return env;
}

/** The page's client beside its worker: what the client printed, and how the worker ended. */
export async function runProject({ folder }: Installed, env: Awaited<ReturnType<typeof settingsOf>>) {
  const options = { cwd: folder, env };
  const worker = spawn(process.execPath, ['built/worker.js'], { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => worker.once('close', resolve));
  try {
    const { stdout } = await run(process.execPath, ['built/client.js'], options);
    return { printed: stdout.trimEnd().split('\n'), ended };
  } finally {
    await endLife(env.TEMPORAL_ADDRESS);
    worker.kill('SIGTERM');
  }
}

/** Other tests have workers on the same queue. */
async function endLife(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  const life = new Client({ connection }).workflow.getHandle('lifecycle/late-trips');
  await life.terminate().catch(() => {});
  await connection.close();
}
