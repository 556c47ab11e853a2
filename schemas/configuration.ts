import { z } from 'zod';
import { failure } from './failure.js';
import { wrongFields } from './input.js';
import { matching } from './matching.js';
import { EnvironmentName } from './primitives.js';

const postgresUrl = matching(/^postgres(ql)?:\/\//, 'must be like postgres://user:password@127.0.0.1:5432/mlops');
const blobUrl = matching(/^(file:\/\/\/|s3:\/\/[a-z0-9])/, 'must be file:///folder or s3://bucket/prefix');
const httpUrl = matching(/^https?:\/\//, 'must be like http://127.0.0.1:9090');

const atLeast = (least: number) => z.coerce.number().int().min(least).optional();

/** What every process of the application reads from its environment. Secrets live here and nowhere else. */
export const Configuration = z.object({
  DATABASE_URL: postgresUrl,
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
  /** what one SQL job may use: time, DuckDB's memory, spilled bytes on disk */
  MLOPS_SQL_SECONDS: atLeast(1),
  MLOPS_SQL_MEMORY_MB: atLeast(64),
  MLOPS_SQL_SPILL_MB: atLeast(1),
  /** what one trial may use: time, memory beside its matrix */
  MLOPS_TRIAL_SECONDS: atLeast(1),
  MLOPS_TRIAL_MEMORY_MB: atLeast(64),
  /** how long one activity of the compute queue may take in all */
  MLOPS_COMPUTE_SECONDS: z.coerce.number().int().min(1).max(86_400).optional(),
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
