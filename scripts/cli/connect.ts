import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import { namesNoBlob, openBlobStore } from '../../activities/stores/open-blob-store.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { dataConverter } from '../../data-converter.js';
import { failure, readConfiguration } from '../../schemas/index.js';

export interface TemporalConnection {
  readonly client: Client;
  readonly connection: Connection;
  readonly address: string;
  readonly namespace: string;
}

export const temporalRemedy =
  'Start everything with "npm run dev", or set TEMPORAL_ADDRESS (and TEMPORAL_NAMESPACE, TEMPORAL_API_KEY).';

/** A client as the environment says, for as long as `use` runs. */
export async function withTemporal<T>(use: (temporal: TemporalConnection) => Promise<T>): Promise<T> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const address = connectionOptions.address ?? 'localhost:7233';
  const connection = await connect(connectionOptions, address);
  try {
    const client = new Client({ connection, namespace, dataConverter: dataConverter() });
    return await use({ client, connection, address, namespace });
  } finally {
    await connection.close();
  }
}

async function connect(options: Parameters<typeof Connection.connect>[0], address: string): Promise<Connection> {
  try {
    return await Connection.connect({ connectTimeout: '5 s', ...options });
  } catch (error) {
    const message = `Temporal at ${address} does not answer. ${temporalRemedy}`;
    throw failure('CONFIGURATION_INVALID', message, { address, cause: error });
  }
}

/** The stores as the environment says, for as long as `use` runs. */
export async function withStores<T>(use: (stores: PostgresStores & { blobs: BlobStore }) => Promise<T>): Promise<T> {
  const { BLOB_URL, DATABASE_URL } = readConfiguration(process.env);
  const stores = await openStores({ databaseUrl: DATABASE_URL });
  const blobs = openBlobStore(BLOB_URL, process.env, () => namesNoBlob(stores.ledger));
  try {
    return await use({ ...stores, blobs });
  } finally {
    await Promise.all([blobs.close(), stores.close()]);
  }
}
