import { z } from 'zod';
import { clearTextVariables } from './clear-text.js';
import { failure } from './failure.js';
import { wrongFields } from './input.js';
import { matching } from './matching.js';
import { taskQueues } from './names.js';
import { EnvironmentName } from './primitives.js';
import { ServerAddresses } from './server-addresses.js';
import { Token } from './token.js';
import { plainUrl, secretPartOf } from './url.js';

/** The one URL that holds a password; it is never shown. */
const postgresUrl = matching(
  /^postgres(ql)?:\/\//,
  'must be like postgres://user:password@127.0.0.1:5432/mlops',
).refine(
  (text) => URL.canParse(text),
  'cannot be read as a URL: write special characters of a password as in %23 for #',
);
const blobUrl = plainUrl(['file:', 's3:'], 'file:///folder or s3://bucket/prefix').refine(
  (text) => !/^(file|s3):/.test(text) || /^(file:\/\/\/|s3:\/\/[^/])/.test(text),
  'must be file:///folder or s3://bucket/prefix',
);
const httpUrl = plainUrl(['http:', 'https:'], 'http://127.0.0.1:9090');
/** A host and a port, or a URL: either way without a place for a secret. */
const address = z
  .string()
  .refine(
    (text) => !text.includes('@') && secretPartOf(text) === null,
    'must be like 127.0.0.1:7233, and nothing more',
  );

/** Absolute, because a relative or an empty one is some folder of whoever starts the worker. */
const folders = z
  .string()
  .transform((text) => text.split(':'))
  .refine(
    (parts) => parts.every((part) => part.startsWith('/')),
    'must be absolute folders separated by ":", like /data/flights:/data/airports; none of them empty or relative',
  );

const queueNames = Object.values(taskQueues);
const isQueueName = (name: string): name is (typeof queueNames)[number] => queueNames.some((queue) => queue === name);
const QueueNames = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every(isQueueName), `must be some of ${queueNames.join(', ')}, separated by commas`)
  .transform((names) => names.filter(isQueueName));

const atLeast = (least: number) => z.coerce.number().int().min(least).optional();

/** What every process of the application reads from its environment. Secrets live here and nowhere else. */
export const Configuration = z.object({
  DATABASE_URL: postgresUrl,
  /** the login that owns the ledger's schema, for `migrate` alone; without it DATABASE_URL's */
  MLOPS_MIGRATION_URL: postgresUrl.optional(),
  BLOB_URL: blobUrl,
  TEMPORAL_ADDRESS: address.optional(),
  /** of an S3 server that is not AWS */
  AWS_ENDPOINT_URL: httpUrl.optional(),
  AWS_ENDPOINT_URL_S3: httpUrl.optional(),
  MLOPS_PROFILE: z.enum(['production', 'development']).default('production'),
  /** '1': passwords, tokens and rows may leave this machine in clear text, because the network is private */
  MLOPS_ALLOW_CLEAR_TEXT: z.enum(['0', '1']).default('0'),
  /** the model server's control port, for workers; or one for each environment */
  MODEL_SERVER_ADDRESS: ServerAddresses.optional(),
  /** guards the control port; workers and model server share it */
  MODEL_SERVER_TOKEN: Token.optional(),
  /** folders that `file` sources may lie in, separated by ":" */
  MLOPS_SOURCE_DIRECTORIES: folders.optional(),
  /** scratch space of child processes and the model server's log */
  MLOPS_WORK_DIRECTORY: z.string().min(1).optional(),
  /** what one job over data may use: memory of DuckDB, disk of its folder, time; half as much as a machine has is a good start */
  MLOPS_JOB_MEMORY_MB: z.coerce.number().int().min(64).default(1024),
  MLOPS_JOB_DISK_MB: z.coerce.number().int().min(16).default(20_000),
  MLOPS_JOB_SECONDS: z.coerce.number().gt(0).max(86_400).default(900),
  MLOPS_ENVIRONMENT: EnvironmentName.default('production'),
  /** what one trial may use: time, memory beside its matrix */
  MLOPS_TRIAL_SECONDS: atLeast(1),
  MLOPS_TRIAL_MEMORY_MB: atLeast(64),
  /** how long one activity of the compute queue may take in all */
  MLOPS_COMPUTE_SECONDS: z.coerce.number().int().min(1).max(86_400).optional(),
  /** before the names of the worker's task queues */
  MLOPS_TASK_QUEUE_PREFIX: matching(/^[\w.-]{0,100}$/, 'must be letters, digits, ".", "_" and "-"').default(''),
  /** the queues that this worker works on, as they are called without the prefix; all of them when absent */
  MLOPS_TASK_QUEUES: QueueNames.optional(),
  /** where people read reports and cards in a browser; links lead there, and there are none when absent */
  MLOPS_PAGES_URL: httpUrl.optional(),
  /** where Prometheus reads the worker's metrics; nowhere when absent */
  MLOPS_WORKER_METRICS_ADDRESS: matching(
    /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):\d{1,5}$/,
    'must be an address and a port, like 127.0.0.1:9464',
  ).optional(),
  /** worker versioning: both, or neither */
  TEMPORAL_DEPLOYMENT_NAME: z.string().min(1).optional(),
  TEMPORAL_WORKER_BUILD_ID: z.string().min(1).optional(),
  /** the ledger is anchored in the blob store after so many facts, and so often while it grows (0: never by the clock) */
  MLOPS_ANCHOR_FACTS: z.coerce.number().int().min(1).max(1_000_000).default(1000),
  MLOPS_ANCHOR_SECONDS: z.coerce.number().int().min(0).max(86_400).default(300),
});
export type Configuration = z.infer<typeof Configuration>;

const remedy = 'See docs/operations.md; beside "npm run dev" nothing needs to be set.';

/** The configuration, or one error that names every missing or wrong variable (never its value). */
export function readConfiguration(environment: Record<string, string | undefined>): Configuration {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Configuration.safeParse(given);
  const wrong = parsed.success ? inClearText(parsed.data, given) : wrongFields(parsed.error);
  if (parsed.success && wrong.length === 0) return parsed.data;
  const lines = wrong.map((line) => `  ${line}`);
  throw failure('CONFIGURATION_INVALID', ['The environment is not complete:', ...lines, remedy].join('\n'));
}

function inClearText(configuration: Configuration, given: Record<string, string | undefined>): string[] {
  const { MLOPS_PROFILE, MLOPS_ALLOW_CLEAR_TEXT } = configuration;
  if (MLOPS_PROFILE !== 'production' || MLOPS_ALLOW_CLEAR_TEXT === '1') return [];
  const why = 'leaves this machine in clear text; set MLOPS_ALLOW_CLEAR_TEXT=1 on a private network';
  return clearTextVariables(configuration, given).map((name) => `${name}: ${why}`);
}
