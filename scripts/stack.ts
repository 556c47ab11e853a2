import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Child, lastLines, startChild } from './servers/child.js';
import { freePort } from './servers/free-port.js';
import { startPostgres } from './servers/postgres-server.js';
import { startTemporal } from './servers/temporal-server.js';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface StackOptions {
  /** everything the stack keeps lies below this folder */
  readonly directory: string;
  readonly log: (line: string) => void;
  readonly ports?: { readonly temporal?: number; readonly ui?: number; readonly server?: number };
}

/** All of it on one machine: Temporal with its UI, Postgres, a model server and a worker. */
export interface Stack {
  readonly temporalAddress: string;
  readonly uiUrl: string;
  /** the model server's public port */
  readonly serverUrl: string;
  /** what each of our processes was given; also what a command line beside it needs */
  readonly environment: Record<string, string>;
  readonly processes: readonly { name: string; pid: number; logFile: string }[];
  /** Null while all run; else the name of a process that ended by itself. */
  ended(): string | null;
  stop(): Promise<void>;
}

/** Starts what is missing, in order; stops what was started when one of them fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  mkdirSync(options.directory, { recursive: true });
  const started: { name: string; child: Pick<Child, 'pid' | 'stop'>; logFile: string; running?: () => boolean }[] = [];
  const stop = async () => {
    for (const { child } of [...started].reverse()) await child.stop();
  };
  try {
    return await startAll(options, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

type Started = { name: string; child: Pick<Child, 'pid' | 'stop'>; logFile: string; running?: () => boolean }[];

async function startAll(options: StackOptions, started: Started, stop: () => Promise<void>): Promise<Stack> {
  const { directory, log, ports = {} } = options;
  const logOf = (name: string) => join(directory, 'logs', `${name}.log`);
  const temporal = await startTemporal({
    dataFile: join(directory, 'temporal.db'),
    logFile: logOf('temporal'),
    log,
    ...(ports.temporal ? { port: ports.temporal } : {}),
    ...(ports.ui ? { uiPort: ports.ui } : {}),
  });
  started.push({ name: 'temporal', child: temporal, logFile: logOf('temporal') });
  log(`Temporal at ${temporal.address}, its UI at ${temporal.uiUrl ?? ''}`);
  const databaseUrl = await database(directory, started, logOf('postgres'));
  log('Postgres is up');
  const serverPort = ports.server ?? (await freePort());
  const controlPort = await freePort();
  const environment = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    DATABASE_URL: databaseUrl,
    BLOB_URL: process.env['BLOB_URL'] ?? pathToFileURL(join(directory, 'blobs')).href,
    MLOPS_PROFILE: 'development',
    MODEL_SERVER_ADDRESS: `http://127.0.0.1:${controlPort}`,
    MODEL_SERVER_TOKEN: randomBytes(24).toString('hex'),
    MLOPS_SOURCE_DIRECTORIES: root,
    MLOPS_WORK_DIRECTORY: join(directory, 'work'),
  };
  const serverEnvironment = {
    ...environment,
    MODEL_SERVER_PORT: String(serverPort),
    MODEL_SERVER_CONTROL_PORT: String(controlPort),
  };
  await startOwn('worker', 'workers/worker.js', environment, logOf('worker'), started);
  log('worker is up');
  await startOwn('model-server', 'workers/model-server.js', serverEnvironment, logOf('model-server'), started);
  const serverUrl = `http://127.0.0.1:${serverPort}`;
  await untilReady('model-server', `${serverUrl}/v2/health/live`, logOf('model-server'));
  log(`model server at ${serverUrl}`);
  return {
    temporalAddress: temporal.address,
    uiUrl: temporal.uiUrl ?? '',
    serverUrl,
    environment,
    processes: started.map(({ name, child, logFile }) => ({ name, pid: child.pid, logFile })),
    ended: () => started.find(({ running }) => running && !running())?.name ?? null,
    stop,
  };
}

async function database(directory: string, started: Started, logFile: string): Promise<string> {
  const given = process.env['DATABASE_URL'];
  if (given) return given;
  const postgres = await startPostgres({ dataDir: join(directory, 'postgres'), logFile });
  started.push({ name: 'postgres', child: postgres, logFile });
  return postgres.url;
}

async function startOwn(
  name: string,
  entry: string,
  environment: Record<string, string>,
  logFile: string,
  started: Started,
): Promise<void> {
  const command = process.execPath;
  const args = ['--enable-source-maps', join(root, 'dist', entry)];
  const child = await startChild({
    command,
    args,
    env: { ...process.env, ...environment },
    logFile,
    cwd: root,
    graceSeconds: 20,
  });
  started.push({ name, child, logFile, running: child.running });
  await sleep(50);
  if (!child.running()) throw new Error(`${name} ended at once. Its last words:\n${lastLines(logFile)}`);
}

async function untilReady(name: string, url: string, logFile: string): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`${name} does not answer at ${url}. Its last words:\n${lastLines(logFile)}`);
}
