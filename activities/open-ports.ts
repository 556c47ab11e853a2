import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { type Configuration, failure, readConfiguration, serverAddressOf } from '../schemas/index.js';
import { adapters } from './adapters.js';
import type { Ports } from './ports.js';
import { namesNoBlob, openBlobStore } from './stores/open-blob-store.js';
import { openLedgerOf } from './stores/open-ledger.js';
import { createModelServerTarget } from './targets/model-server.js';

/** Our own adapters, as the environment says. A host may replace any of them. */
export async function openPorts(environment: Record<string, string | undefined>): Promise<Ports> {
  const configuration = readConfiguration(environment);
  const { close, ...stores } = await openLedgerOf(configuration, 'writer');
  const blobs = openBlobStore(configuration.BLOB_URL, process.env, () => namesNoBlob(stores.ledger));
  const { limits, trialLimits } = limitsOf(configuration);
  const target = modelServers(configuration);
  return {
    blobs,
    ...stores,
    ...adapters({ sourceDirectories: sourceDirectories(configuration), limits }),
    target,
    secret: environmentSecrets(environment),
    workDirectory: resolve(configuration.MLOPS_WORK_DIRECTORY ?? tmpdir()),
    signaturesRequired: configuration.MLOPS_PROFILE === 'production',
    limits,
    trialLimits,
    close: async () => void (await Promise.all([blobs.close(), close()])),
  };
}

/** What is not set stays as it is where it is used. */
function limitsOf(configuration: Configuration): Required<Pick<Ports, 'limits' | 'trialLimits'>> {
  const { MLOPS_SQL_SECONDS, MLOPS_SQL_MEMORY_MB, MLOPS_SQL_SPILL_MB } = configuration;
  const { MLOPS_TRIAL_SECONDS, MLOPS_TRIAL_MEMORY_MB } = configuration;
  return {
    limits: given({
      deadlineSeconds: MLOPS_SQL_SECONDS,
      memoryMb: MLOPS_SQL_MEMORY_MB,
      spillMb: MLOPS_SQL_SPILL_MB,
    }),
    trialLimits: given({ deadlineSeconds: MLOPS_TRIAL_SECONDS, memoryMb: MLOPS_TRIAL_MEMORY_MB }),
  };
}

function given<K extends string>(limits: Record<K, number | undefined>): Partial<Record<K, number>> {
  const set = Object.entries(limits).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as Partial<Record<K, number>>;
}

function modelServers({ MODEL_SERVER_ADDRESS: addresses, MODEL_SERVER_TOKEN: token }: Configuration): Ports['target'] {
  if (addresses === undefined || token === undefined) {
    throw failure(
      'CONFIGURATION_INVALID',
      'MODEL_SERVER_ADDRESS and MODEL_SERVER_TOKEN are needed: the control port of the model server, like http://127.0.0.1:9091, and its token.',
    );
  }
  return (environment) => {
    const address = serverAddressOf(addresses, environment);
    if (address !== null) return createModelServerTarget({ address, token });
    throw failure(
      'CONFIGURATION_INVALID',
      `MODEL_SERVER_ADDRESS names no model server for "${environment}": add ${environment}=http://host:9090 to it.`,
      { environment },
    );
  };
}

/** In development the working folder may be read; production must name its folders. */
function sourceDirectories({ MLOPS_SOURCE_DIRECTORIES: given, MLOPS_PROFILE: profile }: Configuration): string[] {
  if (given !== undefined) return given.split(':').map((folder) => resolve(folder));
  return profile === 'development' ? [process.cwd()] : [];
}

/** Only what is set aside for inputs to name: an input that asks for DATABASE_URL gets nothing. */
function environmentSecrets(environment: Record<string, string | undefined>): Ports['secret'] {
  return async (name) => {
    const variable = `MLOPS_SECRET_${name}`;
    const value = environment[variable];
    if (value !== undefined && value !== '') return value;
    throw failure('CONFIGURATION_INVALID', `This worker has no secret "${name}". Set ${variable} for it.`, { name });
  };
}
