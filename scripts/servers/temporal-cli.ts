import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { findProgram, goInstaller, type Installer, run } from './find-program.js';

/** The version that the tests run on; a `temporal` that is already there is taken as it is. */
const version = '1.5.1';
const connectTimeoutMs = 5_000;

export interface TemporalCliOptions {
  log: (line: string) => void;
  env?: NodeJS.ProcessEnv;
  /** Where the official archives lie; tests put a loopback server here. */
  downloadBase?: string;
}

/**
 * The Temporal CLI, which contains the development server: `TEMPORAL_CLI`, the PATH, our cache, the official download,
 * a build with Go; in this order, and the first that runs.
 */
export function findTemporalCli(options: TemporalCliOptions): Promise<string> {
  const { log, env = process.env, downloadBase = 'https://temporal.download' } = options;
  return findProgram({
    name: 'temporal',
    variable: 'TEMPORAL_CLI',
    env,
    log,
    installers: [
      download(downloadBase, env, log),
      goInstaller(`github.com/temporalio/cli/cmd/temporal@v${version}`, env, log),
    ],
    advice: 'Install the Temporal CLI (https://docs.temporal.io/cli) or set TEMPORAL_CLI to its path.',
  });
}

function download(base: string, env: NodeJS.ProcessEnv, log: (line: string) => void): Installer {
  const url = `${base}/cli/archive/v${version}?platform=${platform()}&arch=${arch()}`;
  const install = async (folder: string) => {
    log(`downloading the Temporal CLI from ${base} …`);
    const archive = join(folder, 'temporal.tar.gz');
    await save(url, archive);
    await run('tar', ['-xzf', archive, '-C', folder, 'temporal'], { env });
  };
  return { title: 'download', install };
}

/** One try. Only the connection is on a short clock: a network that is closed says so fast, a slow one may take its time. */
async function save(url: string, path: string): Promise<void> {
  const connect = new AbortController();
  const clock = setTimeout(() => connect.abort(), connectTimeoutMs);
  const response = await fetch(url, { signal: connect.signal })
    .catch((cause: unknown) => {
      throw new Error(`${url} did not answer`, { cause });
    })
    .finally(() => clearTimeout(clock));
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
  await pipeline(Readable.fromWeb(response.body as ReadableStream), createWriteStream(path));
}

function platform(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}

function arch(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
