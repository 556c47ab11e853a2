import { type Configuration, failure, pageLinks, readConfiguration, serverAddressOf } from '../schemas/index.js';
import { adapters } from './adapters.js';
import { openWorkDirectory, sourceDirectories } from './local-folders.js';
import type { Ports } from './ports.js';
import type { SqlLimits } from './sql/sql-job.js';
import { namesNoBlob, openBlobStore } from './stores/open-blob-store.js';
import { openLedgerOf } from './stores/open-ledger.js';
import { createModelServerTarget } from './targets/model-server.js';
import type { TrialLimits } from './train/plan.js';

/** Our own adapters, as the environment says. A host may replace any of them. */
export async function openPorts(environment: Record<string, string | undefined>): Promise<Ports> {
  const configuration = readSettings(environment);
  const workDirectory = await openWorkDirectory(configuration);
  const directories = sourceDirectories(configuration, workDirectory);
  const limits = jobLimits(configuration);
  const { close, ...stores } = await openLedgerOf(configuration, 'writer');
  const blobs = openBlobStore(configuration.BLOB_URL, process.env, () => namesNoBlob(stores.ledger));
  const target = modelServers(configuration);
  return {
    blobs,
    ...stores,
    ...adapters({ sourceDirectories: directories, workDirectory, limits }),
    target,
    secret: environmentSecrets(environment),
    workDirectory,
    limits,
    signaturesRequired: configuration.MLOPS_PROFILE === 'production',
    trialLimits: trialLimitsOf(configuration),
    ...pagesOf(configuration),
    close: async () => void (await Promise.all([blobs.close(), close()])),
  };
}

/** What `openPorts` goes by, looked at without opening anything: CONFIGURATION_INVALID names all that is wrong. */
export function readSettings(environment: Record<string, string | undefined>): Configuration {
  const configuration = readConfiguration(environment);
  modelServers(configuration);
  return configuration;
}

const pagesOf = ({ MLOPS_PAGES_URL: base }: Configuration): Pick<Ports, 'pages'> =>
  base === undefined ? {} : { pages: pageLinks(base) };

/** What is not set stays as it is where it is used. */
function trialLimitsOf({ MLOPS_TRIAL_SECONDS, MLOPS_TRIAL_MEMORY_MB }: Configuration): Partial<TrialLimits> {
  return {
    ...(MLOPS_TRIAL_SECONDS === undefined ? {} : { deadlineSeconds: MLOPS_TRIAL_SECONDS }),
    ...(MLOPS_TRIAL_MEMORY_MB === undefined ? {} : { memoryMb: MLOPS_TRIAL_MEMORY_MB }),
  };
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

function jobLimits({ MLOPS_JOB_MEMORY_MB, MLOPS_JOB_DISK_MB, MLOPS_JOB_SECONDS }: Configuration): Partial<SqlLimits> {
  const disk = { spillMb: MLOPS_JOB_DISK_MB, diskMb: MLOPS_JOB_DISK_MB };
  return { memoryMb: MLOPS_JOB_MEMORY_MB, ...disk, deadlineSeconds: MLOPS_JOB_SECONDS };
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
