import { openBlobStore } from '../activities/stores/open-blob-store.js';
import { openLedgerOf } from '../activities/stores/open-ledger.js';
import { refuseOwner } from '../activities/stores/postgres/login.js';
import { defaultSchema } from '../activities/stores/postgres/roles.js';
import type { PredictionLog } from '../activities/stores/prediction-log.js';
import { errorCode, readConfiguration } from '../schemas/index.js';
import { type ModelServer, openModelServer } from '../server/open-model-server.js';
import { readServerOptions } from '../server/server-options.js';

/** The model server's process: reads the environment, wires, serves, drains on SIGTERM. A second signal ends it now. */
async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  const options = readServerOptions(configuration, process.env);
  if (configuration.MLOPS_PROFILE === 'production')
    await refuseOwner(configuration.DATABASE_URL, { schema: defaultSchema, as: 'server' });
  // What it serves was stored before: a folder that is not there is away.
  const blobs = openBlobStore(configuration.BLOB_URL, process.env, async () => false);
  const predictions = openedWhenNeeded(async () => (await openLedgerOf(configuration, 'server')).predictions);
  const server = await openModelServer(options, { blobs, predictions });
  console.log(
    JSON.stringify({ ready: true, public: server.publicAddress, control: server.controlAddress, pid: process.pid }),
  );
  drainOnSignal(server);
}

/** Postgres may be away when the server starts: each segment that waits tries again. */
function openedWhenNeeded(open: () => Promise<PredictionLog>): () => Promise<PredictionLog> {
  let opened: Promise<PredictionLog> | null = null;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
}

function drainOnSignal(server: ModelServer): void {
  let signals = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (signals++ === 0) void server.drain().then(() => process.exit(0), fail);
      else {
        server.kill();
        process.exit(1);
      }
    });
}

function fail(error: unknown): void {
  console.error(errorCode(error) === null ? error : (error as Error).message);
  process.exit(1);
}

await main().catch(fail);
