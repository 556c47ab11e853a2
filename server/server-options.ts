import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type Configuration, failure, wrongFields } from '../schemas/index.js';

const port = (otherwise: number) => z.coerce.number().int().min(0).max(65_535).default(otherwise);
const milliseconds = (otherwise: number) => z.coerce.number().int().min(0).max(600_000).default(otherwise);

/** What only the model server reads from its environment. */
const ServerEnvironment = z.object({
  /** the public port */
  MODEL_SERVER_HOST: z.string().default('127.0.0.1'),
  MODEL_SERVER_PORT: port(8080),
  /** what callers of the public port must send as a bearer token */
  MODEL_SERVER_API_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  /** the control port; the number is that of MODEL_SERVER_ADDRESS when it is not given */
  MODEL_SERVER_CONTROL_HOST: z.string().default('127.0.0.1'),
  MODEL_SERVER_CONTROL_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  MODEL_SERVER_PROCESSES: z.coerce.number().int().min(1).max(64).default(1),
  /** a serving process whose event loop stands still for so long is killed and replaced */
  MODEL_SERVER_HANG_MS: z.coerce.number().int().min(500).max(60_000).default(2000),
  MODEL_SERVER_MAX_IN_FLIGHT: z.coerce.number().int().min(1).max(10_000).default(256),
  /** how long readiness says no before connections are refused, for load balancers to notice */
  MODEL_SERVER_DRAIN_MS: milliseconds(5000),
  /** what a model may take to be loaded and tried out */
  MODEL_SERVER_LOAD_MS: z.coerce.number().int().min(100).max(600_000).default(10_000),
  MODEL_SERVER_LOG_QUOTA_MB: z.coerce.number().int().min(1).max(1_000_000).default(1024),
  MODEL_SERVER_LOG_ROTATE_MS: milliseconds(2000),
});

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly controlHost: string;
  readonly controlPort: number;
  readonly token: string;
  /** the environment of requests that name none */
  readonly environment: string;
  /** state, model cache and log; kept from start to start */
  readonly folder: string;
  readonly processes: number;
  readonly hangMs: number;
  readonly loadDeadlineMs: number;
  readonly maxInFlight: number;
  readonly drainMs: number;
  readonly commitMs: number;
  readonly rotateMs: number;
  readonly rotateRows: number;
  readonly logQuotaBytes: number;
}

/** The options, or one error that names what is missing or wrong. */
export function readServerOptions(
  configuration: Configuration,
  environment: Record<string, string | undefined>,
): ServerOptions {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = ServerEnvironment.safeParse(given);
  if (!parsed.success)
    throw failure(
      'CONFIGURATION_INVALID',
      ['The environment is not complete:', ...wrongFields(parsed.error)].join('\n  '),
    );
  const own = parsed.data;
  refuseOpenProduction(configuration, own.MODEL_SERVER_HOST, own.MODEL_SERVER_API_TOKEN);
  return {
    host: ip(own.MODEL_SERVER_HOST, 'MODEL_SERVER_HOST'),
    port: own.MODEL_SERVER_PORT,
    controlHost: own.MODEL_SERVER_CONTROL_HOST,
    controlPort: own.MODEL_SERVER_CONTROL_PORT ?? portOf(configuration.MODEL_SERVER_ADDRESS) ?? 9090,
    token: requiredToken(configuration),
    environment: configuration.MLOPS_ENVIRONMENT,
    folder: resolve(configuration.MLOPS_WORK_DIRECTORY ?? join(tmpdir(), 'temporal-mlops'), 'model-server'),
    processes: own.MODEL_SERVER_PROCESSES,
    hangMs: own.MODEL_SERVER_HANG_MS,
    loadDeadlineMs: own.MODEL_SERVER_LOAD_MS,
    maxInFlight: own.MODEL_SERVER_MAX_IN_FLIGHT,
    drainMs: own.MODEL_SERVER_DRAIN_MS,
    commitMs: 100,
    rotateMs: own.MODEL_SERVER_LOG_ROTATE_MS,
    rotateRows: 5000,
    logQuotaBytes: own.MODEL_SERVER_LOG_QUOTA_MB * 1024 * 1024,
  };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** Without a token anybody who reaches the port could change what serves: there is no open mode, on loopback neither. */
function requiredToken({ MODEL_SERVER_TOKEN: token }: Configuration): string {
  if (token !== undefined) return token;
  throw failure(
    'CONFIGURATION_INVALID',
    'MODEL_SERVER_TOKEN is missing: it guards the control port. Make one with: openssl rand -hex 32',
  );
}

/** In production whoever reaches the port must prove who he is, or the port must be out of reach. */
function refuseOpenProduction({ MLOPS_PROFILE }: Configuration, host: string, apiToken: string | undefined): void {
  if (MLOPS_PROFILE !== 'production' || isLoopback(host) || apiToken !== undefined) return;
  throw failure(
    'CONFIGURATION_INVALID',
    `MODEL_SERVER_API_TOKEN is missing: in production the public port on ${host} needs it. Make one with: openssl rand -hex 32, or bind MODEL_SERVER_HOST to 127.0.0.1.`,
  );
}

function ip(host: string, name: string): string {
  const address = host === 'localhost' ? '127.0.0.1' : host;
  if (isIP(address) !== 0) return address;
  throw failure('CONFIGURATION_INVALID', `${name} must be an IP address like 127.0.0.1 or 0.0.0.0.`);
}

function portOf(address: string | undefined): number | undefined {
  if (address === undefined) return undefined;
  const { port: given, protocol } = new URL(address);
  if (given !== '') return Number(given);
  return protocol === 'https:' ? 443 : 80;
}
