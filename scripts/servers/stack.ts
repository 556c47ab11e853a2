import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { root } from './clone-root.js';
import { freePort } from './free-port.js';
import { type LedgerLogins, ledgerLogins } from './ledger-logins.js';
import { startPostgres } from './postgres-server.js';
import { ownService, type Service, serverService } from './service.js';
import { startTemporal } from './temporal-server.js';

export interface StackOptions {
  /** everything the stack keeps lies below this folder; the same folder is the same stack */
  readonly directory: string;
  readonly log?: (line: string) => void;
  readonly ports?: { readonly temporal?: number; readonly ui?: number; readonly server?: number };
  /** false: no Temporal UI */
  readonly ui?: boolean;
  /** false gives up Postgres's durability for speed, for tests */
  readonly durable?: boolean;
  /** the worker's entry, compiled; ours when absent */
  readonly workerEntry?: string;
  /** added to the environment of worker and model server */
  readonly environment?: Record<string, string>;
}

/** All of it on one machine: Temporal, Postgres, a worker and a model server. */
export interface Stack {
  readonly temporalAddress: string;
  readonly uiUrl: string;
  /** the model server's public port */
  readonly serverUrl: string;
  /** what our processes were given; also what a command line beside them needs, who may log in as the ledger's owner too */
  readonly environment: Record<string, string>;
  readonly temporal: Service;
  /** null when DATABASE_URL names a server that is not ours */
  readonly postgres: Service | null;
  readonly worker: Service;
  readonly modelServer: Service;
  stop(): Promise<void>;
}

/** Starts what is missing, in order; stops what was started when one of them fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { directory, log = () => {} } = options;
  mkdirSync(directory, { recursive: true });
  const started: Service[] = [];
  const up = async (service: Service, line: string) => {
    started.push(service);
    await service.start();
    log(line);
    return service;
  };
  const stop = async () => {
    for (const service of [...started].reverse()) await service.stop();
  };
  try {
    const ports = await choosePorts(options);
    const servers = serversOf(options, ports);
    const temporalAddress = `127.0.0.1:${ports.temporal}`;
    const uiUrl = options.ui === false ? '' : `http://127.0.0.1:${ports.ui}`;
    const temporal = await up(servers.temporal, `Temporal at ${temporalAddress}${uiUrl ? `, its UI at ${uiUrl}` : ''}`);
    const postgres = servers.postgres ? await up(servers.postgres, 'Postgres is up') : null;
    const logins = await servers.logins();
    if (postgres) await migrate(logins.owner, { logins: [new URL(logins.worker).username] });
    const environment = environmentOf(options, {
      temporalAddress,
      databaseUrl: logins.worker,
      control: ports.control,
    });
    const own = (name: string, entry: string, ready: () => Promise<boolean>) =>
      ownService({ name, entry, environment, directory, cwd: root, ready });
    const serverUrl = `http://127.0.0.1:${ports.server}`;
    const worker = await up(
      own('worker', options.workerEntry ?? join(root, 'dist/workers/worker.js'), async () => true),
      'worker is up',
    );
    environment['MODEL_SERVER_PORT'] = String(ports.server);
    const answers = async () => (await fetch(`${serverUrl}/v2/health/live`)).ok;
    const server = own('model-server', join(root, 'dist/workers/model-server.js'), answers);
    const ownLogin = { DATABASE_URL: logins.modelServer };
    const modelServer = await up(
      { ...server, start: (extra = {}) => server.start({ ...ownLogin, ...extra }) },
      `model server at ${serverUrl}`,
    );
    const told = postgres ? { ...environment, MLOPS_MIGRATION_URL: logins.owner } : environment;
    return { temporalAddress, uiUrl, serverUrl, environment: told, temporal, postgres, worker, modelServer, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Ports = Record<'temporal' | 'ui' | 'server' | 'control' | 'postgres', number>;

async function choosePorts({ ports = {} }: StackOptions): Promise<Ports> {
  const free = async (wanted: number | undefined) => wanted ?? (await freePort());
  return {
    temporal: await free(ports.temporal),
    ui: await free(ports.ui),
    server: await free(ports.server),
    control: await freePort(),
    postgres: await freePort(),
  };
}

function environmentOf(
  options: StackOptions,
  at: { temporalAddress: string; databaseUrl: string; control: number },
): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: at.temporalAddress,
    TEMPORAL_NAMESPACE: 'default',
    DATABASE_URL: at.databaseUrl,
    BLOB_URL: process.env['BLOB_URL'] ?? pathToFileURL(join(options.directory, 'blobs')).href,
    MLOPS_PROFILE: 'development',
    MODEL_SERVER_ADDRESS: `http://127.0.0.1:${at.control}`,
    MODEL_SERVER_TOKEN: randomBytes(24).toString('hex'),
    MODEL_SERVER_DRAIN_MS: '0',
    MLOPS_SOURCE_DIRECTORIES: root,
    MLOPS_WORK_DIRECTORY: join(options.directory, 'work'),
    ...options.environment,
  };
}

function serversOf(options: StackOptions, ports: Ports) {
  const { directory, log } = options;
  const logOf = (name: string) => join(directory, 'logs', `${name}.log`);
  const temporal = serverService('temporal', logOf('temporal'), () =>
    startTemporal({
      dataFile: join(directory, 'temporal.db'),
      logFile: logOf('temporal'),
      port: ports.temporal,
      ...(options.ui === false ? { headless: true } : { uiPort: ports.ui }),
      ...(log ? { log } : {}),
    }),
  );
  const given = process.env['DATABASE_URL'];
  if (given) return { temporal, postgres: null, logins: async () => everyoneAs(given) };
  let url = '';
  const postgres = serverService('postgres', logOf('postgres'), async () => {
    const server = await startPostgres({
      dataDir: join(directory, 'postgres'),
      logFile: logOf('postgres'),
      port: ports.postgres,
      durable: options.durable ?? true,
    });
    url = server.url;
    return server;
  });
  return { temporal, postgres, logins: () => ledgerLogins(url) };
}

/** A server that is not ours has the logins that it has. */
const everyoneAs = (url: string): LedgerLogins => ({ owner: url, worker: url, modelServer: url });
