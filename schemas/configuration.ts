import { z } from 'zod';
import { failure } from './failure.js';
import { wrongFields } from './input.js';
import { matching } from './matching.js';
import { EnvironmentName } from './primitives.js';

const postgresUrl = matching(/^postgres(ql)?:\/\//, 'must be like postgres://user:password@127.0.0.1:5432/mlops');
const blobUrl = matching(/^(file:\/\/\/|s3:\/\/[a-z0-9])/, 'must be file:///folder or s3://bucket/prefix');
const httpUrl = matching(/^https?:\/\//, 'must be like http://127.0.0.1:9090');

/** What every process of the application reads from its environment. Secrets live here and nowhere else. */
export const Configuration = z.object({
  DATABASE_URL: postgresUrl,
  /** the login that owns the ledger's schema, for `migrate` alone; without it DATABASE_URL's */
  MLOPS_MIGRATION_URL: postgresUrl.optional(),
  BLOB_URL: blobUrl,
  MLOPS_PROFILE: z.enum(['production', 'development']).default('production'),
  /** the model server's control port, for workers */
  MODEL_SERVER_ADDRESS: httpUrl.optional(),
  /** guards the control port; workers and model server share it */
  MODEL_SERVER_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  /** folders that `file` sources may lie in, separated by ":" */
  MLOPS_SOURCE_DIRECTORIES: z.string().min(1).optional(),
  /** scratch space of child processes and the model server's log */
  MLOPS_WORK_DIRECTORY: z.string().min(1).optional(),
  MLOPS_ENVIRONMENT: EnvironmentName.default('production'),
  /** the ledger is anchored in the blob store after so many facts, and so often while it grows (0: never by the clock) */
  MLOPS_ANCHOR_FACTS: z.coerce.number().int().min(1).max(1_000_000).default(1000),
  MLOPS_ANCHOR_SECONDS: z.coerce.number().int().min(0).max(86_400).default(300),
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
