import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Anchors } from '../../activities/stores/anchors.js';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import { namesNoBlob, openAnchors, openBlobStore } from '../../activities/stores/open-blob-store.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { defaultSchema } from '../../activities/stores/postgres/roles.js';
import { dataConverter } from '../../data-converter.js';
import { failure, readConfiguration, shownUrl } from '../../schemas/index.js';

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
    const shown = shownUrl(address);
    const message = `Temporal at ${shown} does not answer. ${temporalRemedy}`;
    throw failure('CONFIGURATION_INVALID', message, { address: shown, cause: error });
  }
}

type OpenedStores = PostgresStores & { readonly blobs: BlobStore; readonly anchors: Anchors };

/** The stores as the environment says, for as long as `use` runs. */
export async function withStores<T>(
  use: (stores: OpenedStores) => Promise<T>,
  environment: Record<string, string | undefined> = process.env,
): Promise<T> {
  const { BLOB_URL, DATABASE_URL } = readConfiguration(environment);
  const stores = await openStores({ databaseUrl: DATABASE_URL });
  const isNew = () => namesNoBlob(stores.ledger);
  const blobs = openBlobStore(BLOB_URL, process.env, isNew);
  const anchors = openAnchors(BLOB_URL, defaultSchema, { isNew });
  try {
    return await use({ ...stores, blobs, anchors });
  } finally {
    await Promise.all([blobs.close(), anchors.close(), stores.close()]);
  }
}

/** The ledger alone: what is not opened need not be set. */
export async function withLedger<T>(use: (stores: PostgresStores) => Promise<T>): Promise<T> {
  const { DATABASE_URL } = readConfiguration({ ...process.env, BLOB_URL: 'file:///', MODEL_SERVER_ADDRESS: undefined });
  const stores = await openStores({ databaseUrl: DATABASE_URL });
  try {
    return await use(stores);
  } finally {
    await stores.close();
  }
}
