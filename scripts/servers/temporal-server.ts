import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { searchAttributes } from '../../schemas/search-attributes.js';
import { freePort } from './free-port.js';
import { endLeftover } from './leftover.js';
import { waitUntilReady } from './ready.js';
import { type Child, startChild } from './server-process.js';
import { findTemporalCli } from './temporal-cli.js';

const namespace = 'default';

/**
 * The first two take away 50 ms at every dispatch of a task; the third keeps a flood of signals from failing workflow
 * tasks, and with them a rollback (the default is 100 buffered events). The last two are a little above what we ever send in one
 * payload: by the default, 2 MiB, some forty signals fill a history up, and the server ends the workflow. It looks for the
 * error only above the warning.
 */
const dynamicConfig = {
  'history.transferProcessorMaxPollRPS': 10000,
  'system.enableActivityEagerExecution': true,
  'history.maximumBufferedEventsBatch': 20000,
  'limit.blobSize.warn': 262144,
  'limit.blobSize.error': 327680,
};

/** The server commits to a write-ahead log: it loses nothing to `kill -9`, and at most the last commits to a power cut. */
const sqlitePragmas = { journal_mode: 'wal', synchronous: 'normal' };

export interface TemporalServerOptions {
  /** All workflows live in this SQLite file; the same file is the same server, also after `kill -9`. */
  dataFile: string;
  logFile: string;
  port?: number;
  uiPort?: number;
  headless?: boolean;
  /** The path of the Temporal CLI; searched for when it is left out. */
  cli?: string;
  log?: (line: string) => void;
}

export interface TemporalServer {
  address: string;
  /** Null without a Web UI. */
  uiUrl: string | null;
  namespace: string;
  pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** A development server on the loopback interface, ready: its namespace answers and has our search attributes. */
export async function startTemporal(options: TemporalServerOptions): Promise<TemporalServer> {
  const { dataFile, logFile, headless = false, log = () => {} } = options;
  const cli = options.cli ?? (await findTemporalCli({ log }));
  const port = options.port ?? (await freePort());
  const uiPort = headless ? null : (options.uiPort ?? (await freePort()));
  mkdirSync(dirname(dataFile), { recursive: true });
  await endLeftover(`${dataFile}.pid`, dataFile);
  const child = await startChild({ command: cli, args: serverArguments(dataFile, port, uiPort), logFile });
  writeFileSync(`${dataFile}.pid`, String(child.pid));
  const address = `127.0.0.1:${port}`;
  await waitUntilReady({ name: 'Temporal', child, logFile, probe: () => probe(address, child) });
  const uiUrl = uiPort === null ? null : `http://127.0.0.1:${uiPort}`;
  return { address, uiUrl, namespace, pid: child.pid, stop: child.stop, kill: child.kill };
}

function serverArguments(dataFile: string, port: number, uiPort: number | null): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--db-filename', dataFile],
    ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...['--namespace', namespace, '--log-level', 'error'],
    ...flags('--sqlite-pragma', sqlitePragmas),
    ...flags('--dynamic-config-value', dynamicConfig),
    ...flags('--search-attribute', searchAttributes),
  ];
}

function flags(flag: string, values: Record<string, string | number | boolean>): string[] {
  return Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
}

/** The port opens before the namespace answers, and the namespace answers before it has its search attributes. */
async function probe(address: string, child: Child): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 250 });
  try {
    await connection.workflowService.describeNamespace({ namespace });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.keys(searchAttributes).filter((name) => !(name in (customAttributes ?? {})));
    if (missing.length > 0) throw new Error(`search attributes are missing: ${missing.join(', ')}`);
    if (!child.running()) throw new Error('another process answers on this port');
  } finally {
    await connection.close();
  }
}
