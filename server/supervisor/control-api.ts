import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { systemFailure } from '../../activities/processes/system-errors.js';
import {
  EnvironmentName,
  type ErrorCode,
  errorCatalog,
  errorCode,
  LoadVersion,
  ModelName,
  parseInput,
  RollbackEndpoint,
  SetRoutes,
} from '../../schemas/index.js';
import { hasBearerToken } from '../http/bearer-token.js';
import { refuseDoubledHeaders } from '../http/doubled-headers.js';
import { refuseForeignPages } from '../http/own-pages-only.js';
import { RequestRefused } from '../http/request-refused.js';
import type { LogKeeper } from './log-keeper.js';
import type { Supervisor } from './supervisor.js';

export interface ControlApiOptions {
  readonly supervisor: Pick<Supervisor, 'load' | 'setRoutes' | 'rollback' | 'status' | 'statuses'>;
  readonly log: Pick<LogKeeper, 'status' | 'shipRefused'>;
  readonly token: string;
  /** on loopback, only these Host names are answered; null: any */
  readonly hostNames: readonly string[] | null;
}

/** The control port: commands on endpoints, for whoever has the token. */
export function controlApi({ supervisor, log, token, hostNames }: ControlApiOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: 256 * 1024,
    requestTimeout: 30_000,
    keepAliveTimeout: 5000,
    http: { headersTimeout: 10_000 },
  });
  refuseDoubledHeaders(app);
  refuseForeignPages(app, hostNames);
  app.addHook('onRequest', (request, reply, done) => {
    if (!hasBearerToken(request.headers.authorization, token))
      return void refuse(reply, 401, 'The control port needs "authorization: Bearer <MODEL_SERVER_TOKEN>".');
    done();
  });
  app.setErrorHandler(sendError);
  const at = '/control/v1/endpoints/:environment/:model';
  app.get('/control/v1/endpoints', async () => ({ endpoints: await supervisor.statuses() }));
  app.get('/control/v1/log', async () => log.status());
  app.post('/control/v1/log/ship-refused', async () => log.shipRefused());
  app.get(at, (request) => supervisor.status(endpointOf(request)));
  app.post(`${at}/load`, (request) => supervisor.load(endpointOf(request), body(LoadVersion, request)));
  app.put(`${at}/routes`, (request) => supervisor.setRoutes(endpointOf(request), body(SetRoutes, request)));
  app.post(`${at}/rollback`, (request) => supervisor.rollback(endpointOf(request), body(RollbackEndpoint, request)));
  return app;
}

/** Which HTTP status a failure of the catalog is answered with. */
export const controlStatus: Partial<Record<ErrorCode, number>> = {
  InvalidInput: 400,
  NOT_FOUND: 404,
  STALE_GENERATION: 409,
  NOTHING_TO_ROLL_BACK: 409,
  MODEL_REFUSED: 422,
  DEPLOYMENT_CHECK_FAILED: 422,
  BLOB_NOT_FOUND: 424,
  BLOB_CORRUPT: 424,
  BLOB_STORE_UNAVAILABLE: 503,
  SYSTEM_UNAVAILABLE: 503,
  CONFIGURATION_INVALID: 503,
  MODEL_SERVER_UNAVAILABLE: 503,
};

const EndpointParams = z.strictObject({ environment: EnvironmentName, model: ModelName });

function endpointOf(request: FastifyRequest): z.infer<typeof EndpointParams> {
  return parseInput(
    { schema: EndpointParams, example: { environment: 'production', model: 'flight-delay' } },
    request.params,
    'The path',
  );
}

function body<S extends z.ZodType>(schema: S, request: FastifyRequest): z.output<S> {
  return parseInput({ schema, example: {} }, request.body, request.url);
}

function sendError(thrown: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  if (thrown instanceof RequestRefused)
    return void reply.code(thrown.status).type('application/json').send(thrown.body);
  const error = errorCode(thrown) === null ? (systemFailure(thrown) ?? thrown) : thrown;
  const code = errorCode(error);
  const { message, statusCode } = error as { message: string; statusCode?: number };
  const details = (error as { details?: unknown[] }).details?.[0] ?? {};
  if (code === null && (statusCode ?? 500) >= 500) console.error(error);
  const status = code === null ? (statusCode ?? 500) : (controlStatus[code] ?? 500);
  const retryable = code === null ? status >= 500 : errorCatalog[code].retryable;
  void reply.code(status).send({
    error: message,
    code: code ?? (status < 500 ? 'InvalidInput' : 'MODEL_SERVER_UNAVAILABLE'),
    retryable,
    details,
  });
}

function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  return reply.code(status).send({ error, code: 'unauthorized' });
}
