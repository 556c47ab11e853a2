import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type Configuration, failure, isLoopback, serverAddressOf, Token, wrongFields } from '../schemas/index.js';
import { outcomeSenders } from './http/outcome-senders.js';
import { loopbackNames } from './http/own-pages-only.js';

const port = (otherwise: number) => z.coerce.number().int().min(0).max(65_535).default(otherwise);
const milliseconds = (otherwise: number) => z.coerce.number().int().min(0).max(600_000).default(otherwise);

/** What only the model server reads from its environment. */
const ServerEnvironment = z.object({
  /** the public port */
  MODEL_SERVER_HOST: z.string().default('127.0.0.1'),
  MODEL_SERVER_PORT: port(8080),
  /** what callers of the public port must send as a bearer token */
  MODEL_SERVER_API_TOKEN: Token.optional(),
  /** names that a Host header may have, separated by commas: those that a proxy in front passes on */
  MODEL_SERVER_HOST_NAMES: z.string().min(1).optional(),
  /** connections of one address to one serving process */
  MODEL_SERVER_MAX_CONNECTIONS: z.coerce.number().int().min(1).max(4096).default(1024),
  /** what senders of true outcomes must send instead: one token, or `<name>:<token>` of each with commas between */
  MODEL_SERVER_OUTCOMES_TOKEN: z
    .string()
    .refine(
      (text) => outcomeSenders(text).every(({ token }) => Token.safeParse(token).success),
      'each token must have at least 22 random characters: openssl rand -hex 32',
    )
    .optional(),
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
  /** a segment of the log is closed, and shipped, at this size or this age: safe on disk it is long before */
  MODEL_SERVER_LOG_ROTATE_MB: z.coerce.number().min(0.001).max(1024).default(64),
  MODEL_SERVER_LOG_ROTATE_MS: milliseconds(30_000),
  /** '1': an answer leaves when its line is in the log on disk; slower, and a full log is an outage */
  MODEL_SERVER_ANSWER_AFTER_COMMIT: z.enum(['0', '1']).default('0'),
});
type ServerEnvironment = z.infer<typeof ServerEnvironment>;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly controlHost: string;
  readonly controlPort: number;
  /** of the control port */
  readonly token: string;
  /** of the public port; null: it is open to whoever reaches it */
  readonly apiToken: string | null;
  /** names that a Host header of the public port may have; null: any */
  readonly hostNames: readonly string[] | null;
  readonly maxConnectionsPerAddress: number;
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
  readonly answerAfterCommit: boolean;
  readonly rotateMs: number;
  readonly rotateBytes: number;
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
  refuseUnguarded(configuration, own);
  refuseSharedToken(own.MODEL_SERVER_OUTCOMES_TOKEN, { ...configuration, ...own });
  const answerAfterCommit = own.MODEL_SERVER_ANSWER_AFTER_COMMIT === '1';
  return {
    host: ip(own.MODEL_SERVER_HOST, 'MODEL_SERVER_HOST'),
    port: own.MODEL_SERVER_PORT,
    controlHost: own.MODEL_SERVER_CONTROL_HOST,
    controlPort: own.MODEL_SERVER_CONTROL_PORT ?? portOf(configuration) ?? 9090,
    token: requiredToken(configuration),
    apiToken: own.MODEL_SERVER_API_TOKEN ?? null,
    hostNames: hostNamesOf(own),
    maxConnectionsPerAddress: own.MODEL_SERVER_MAX_CONNECTIONS,
    environment: configuration.MLOPS_ENVIRONMENT,
    folder: resolve(workDirectory(configuration), 'model-server'),
    processes: own.MODEL_SERVER_PROCESSES,
    hangMs: own.MODEL_SERVER_HANG_MS,
    loadDeadlineMs: own.MODEL_SERVER_LOAD_MS,
    maxInFlight: own.MODEL_SERVER_MAX_IN_FLIGHT,
    drainMs: own.MODEL_SERVER_DRAIN_MS,
    commitMs: answerAfterCommit ? 5 : 100,
    answerAfterCommit,
    rotateMs: own.MODEL_SERVER_LOG_ROTATE_MS,
    rotateBytes: own.MODEL_SERVER_LOG_ROTATE_MB * 1024 * 1024,
    logQuotaBytes: own.MODEL_SERVER_LOG_QUOTA_MB * 1024 * 1024,
  };
}

/** Without a token anybody who reaches the port could change what serves: there is no open mode, on loopback neither. */
function requiredToken({ MODEL_SERVER_TOKEN: token }: Configuration): string {
  if (token !== undefined) return token;
  throw failure(
    'CONFIGURATION_INVALID',
    'MODEL_SERVER_TOKEN is missing: it guards the control port. Make one with: openssl rand -hex 32',
  );
}

/** Off loopback whoever reaches a port must prove who he is, and no secret may be read on its way there. */
function refuseUnguarded(configuration: Configuration, own: ServerEnvironment): void {
  const { MODEL_SERVER_HOST: host, MODEL_SERVER_API_TOKEN: apiToken, MODEL_SERVER_CONTROL_HOST: controlHost } = own;
  if (!isLoopback(host) && apiToken === undefined)
    throw invalid(
      `MODEL_SERVER_API_TOKEN is missing: the public port on ${host} needs it. Make one with: openssl rand -hex 32, or bind MODEL_SERVER_HOST to 127.0.0.1.`,
    );
  if (apiToken !== undefined && apiToken === configuration.MODEL_SERVER_TOKEN)
    throw invalid(
      'MODEL_SERVER_API_TOKEN and MODEL_SERVER_TOKEN are the same: whoever may ask could change what serves. Make another one with: openssl rand -hex 32',
    );
  const { MLOPS_PROFILE, MLOPS_ALLOW_CLEAR_TEXT } = configuration;
  if (MLOPS_PROFILE === 'production' && MLOPS_ALLOW_CLEAR_TEXT === '0' && !isLoopback(controlHost))
    throw invalid(
      `The control port on ${controlHost} would take its token in clear text. Bind MODEL_SERVER_CONTROL_HOST to 127.0.0.1 behind a proxy with TLS, or set MLOPS_ALLOW_CLEAR_TEXT=1 on a private network.`,
    );
}

/** A folder below the temporary one can be made by any user of the machine before us. */
function workDirectory({ MLOPS_WORK_DIRECTORY: given, MLOPS_PROFILE }: Configuration): string {
  if (given !== undefined) return given;
  if (MLOPS_PROFILE === 'development') return join(tmpdir(), 'temporal-mlops');
  throw invalid('MLOPS_WORK_DIRECTORY is missing: a folder on a disk that outlives the server, for what it serves.');
}

function hostNamesOf({ MODEL_SERVER_HOST: host, MODEL_SERVER_HOST_NAMES: given }: ServerEnvironment) {
  const names = given?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  if (isLoopback(host)) return [...loopbackNames, ...names];
  return given === undefined ? null : names;
}

function invalid(message: string) {
  return failure('CONFIGURATION_INVALID', message);
}

/** A token of their own is none if it is everybody's. */
function refuseSharedToken(
  outcomes: string | undefined,
  others: { MODEL_SERVER_API_TOKEN?: string | undefined; MODEL_SERVER_TOKEN?: string | undefined },
): void {
  const names = ['MODEL_SERVER_API_TOKEN', 'MODEL_SERVER_TOKEN'] as const;
  const shared = names.find((name) => outcomeSenders(outcomes).some(({ token }) => token === others[name]));
  if (shared === undefined) return;
  throw invalid(
    `MODEL_SERVER_OUTCOMES_TOKEN holds the token of ${shared}: each must be of its own use. Make another one with: openssl rand -hex 32`,
  );
}

function ip(host: string, name: string): string {
  const address = host === 'localhost' ? '127.0.0.1' : host;
  if (isIP(address) !== 0) return address;
  throw failure('CONFIGURATION_INVALID', `${name} must be an IP address like 127.0.0.1 or 0.0.0.0.`);
}

/** Workers are given the address by which they reach the control port; where it is one for each environment, it is ours. */
function portOf({ MODEL_SERVER_ADDRESS: addresses, MLOPS_ENVIRONMENT }: Configuration): number | undefined {
  const address = addresses === undefined ? null : serverAddressOf(addresses, MLOPS_ENVIRONMENT);
  if (address === null) return undefined;
  const { port: given, protocol } = new URL(address);
  if (given !== '') return Number(given);
  return protocol === 'https:' ? 443 : 80;
}
