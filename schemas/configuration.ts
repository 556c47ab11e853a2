import { z } from 'zod';
import { failure } from './failure.js';
import { wrongFields } from './input.js';
import { matching } from './matching.js';
import { EnvironmentName } from './primitives.js';
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

/** What every process of the application reads from its environment. Secrets live here and nowhere else. */
export const Configuration = z.object({
  DATABASE_URL: postgresUrl,
  BLOB_URL: blobUrl,
  TEMPORAL_ADDRESS: address.optional(),
  /** of an S3 server that is not AWS */
  AWS_ENDPOINT_URL: httpUrl.optional(),
  AWS_ENDPOINT_URL_S3: httpUrl.optional(),
  MLOPS_PROFILE: z.enum(['production', 'development']).default('production'),
  /** the model server's control port, for workers */
  MODEL_SERVER_ADDRESS: httpUrl.optional(),
  /** guards the control port; workers and model server share it */
  MODEL_SERVER_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  /** folders that `file` sources may lie in, separated by ":" */
  MLOPS_SOURCE_DIRECTORIES: folders.optional(),
  /** scratch space of child processes and the model server's log */
  MLOPS_WORK_DIRECTORY: z.string().min(1).optional(),
  /** what one job over data may use: memory of DuckDB, disk of its folder, time; half as much as a machine has is a good start */
  MLOPS_JOB_MEMORY_MB: z.coerce.number().int().min(64).default(1024),
  MLOPS_JOB_DISK_MB: z.coerce.number().int().min(16).default(20_000),
  MLOPS_JOB_SECONDS: z.coerce.number().gt(0).max(86_400).default(900),
  MLOPS_ENVIRONMENT: EnvironmentName.default('production'),
});
export type Configuration = z.infer<typeof Configuration>;

/** The configuration, or one error that names every missing or wrong variable (never its value). */
export function readConfiguration(environment: Record<string, string | undefined>): Configuration {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Configuration.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = wrongFields(parsed.error).map((line) => `  ${line}`);
  throw failure(
    'CONFIGURATION_INVALID',
    ['The environment is not complete:', ...lines, 'See docs/operations.md.'].join('\n'),
  );
}
