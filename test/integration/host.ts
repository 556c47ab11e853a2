import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { inject } from 'vitest';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { trips, writeTrips } from '../../scripts/bench/small-model.js';
import { createDatabase } from './ledger-database.js';
import { packageOf } from './small-stack.js';

export type Host = Awaited<ReturnType<typeof openHost>>;

/** What a team's own Worker needs: the package as it is imported, a folder with a source, a ledger, and Temporal. */
export async function openHost(name: string) {
  const mlops = await packageOf();
  const folder = mkdtempSync(join(tmpdir(), `mlops-${name}-`));
  writeTrips(join(folder, 'trips.csv'), trips(1200));
  const databaseUrl = await createDatabase(name);
  await migrate(databaseUrl);
  const address = inject('temporalAddress');
  const connection = await NativeConnection.connect({ address });
  const client = new Client({
    connection: await Connection.connect({ address }),
    dataConverter: mlops.dataConverter(),
  });
  /** as a host's environment names our own adapters */
  const environment = {
    DATABASE_URL: databaseUrl,
    BLOB_URL: pathToFileURL(join(folder, 'blobs')).href,
    MLOPS_PROFILE: 'development',
    MLOPS_SOURCE_DIRECTORIES: folder,
    MLOPS_WORK_DIRECTORY: join(folder, 'work'),
    MODEL_SERVER_ADDRESS: 'http://127.0.0.1:1',
    MODEL_SERVER_TOKEN: 'a-token-that-nobody-asks-for',
  };
  const close = async () => {
    await client.connection.close();
    await connection.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { mlops, folder, databaseUrl, environment, connection, client, close };
}
