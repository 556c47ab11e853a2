import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { hasBearerToken } from '../http/bearer-token.js';
import { bodyLimitBytes, limitBytesInFlight } from '../http/bytes-in-flight.js';
import { refuseDoubledHeaders } from '../http/doubled-headers.js';
import { senderOf } from '../http/outcome-senders.js';
import { refuseForeignPages } from '../http/own-pages-only.js';
import { parseBody, refuseCompressedBodies } from '../http/parse-body.js';
import { newRequestId } from '../http/request-id.js';
import { RequestRefused } from '../http/request-refused.js';
import { docsRoutes } from './docs-routes.js';
import { environmentOf, modelRoutes } from './model-routes.js';
import { type OutcomesDesk, recordOutcomes } from './outcomes-request.js';
import type { PublicApiOptions } from './public-api-options.js';
import { send, sendError } from './public-reply.js';

/** The public port: health, model metadata, inference, true outcomes, metrics and documentation. */
export function publicApi(options: PublicApiOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    keepAliveTimeout: 5000,
    requestTimeout: 30_000,
    connectionTimeout: 0,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 128 },
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 10_000 },
  });
  refuseDoubledHeaders(app);
  refuseForeignPages(app, options.hostNames);
  guard(app, options);
  parseBody(app);
  limitBytesInFlight(app);
  refuseCompressedBodies(app);
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request, reply) =>
    sendError(
      new RequestRefused(404, 'not_found', `There is no ${request.method} ${request.url.slice(0, 200)}. See /docs.`),
      request,
      reply,
    ),
  );
  health(app, options);
  modelRoutes(app, options);
  extras(app, options);
  docsRoutes(app, options);
  return app;
}

/** Health stays open: probes carry no token, and learn nothing but that the server is there. */
const openPaths = new Set(['/v2/health/live', '/v2/health/ready', '/ping']);

const outcomesPath = '/v1/outcomes';

/** Outcomes decide what is retrained: where they have tokens of their own, the one for asking does not write them. */
function guard(app: FastifyInstance, { apiToken, outcomeSenders }: PublicApiOptions): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { authorization } = request.headers;
    const isOutcomes = request.routeOptions.url === outcomesPath && outcomeSenders.length > 0;
    const isLetIn = isOutcomes
      ? senderOf(outcomeSenders, authorization) !== null
      : apiToken === null || openPaths.has(request.url) || hasBearerToken(authorization, apiToken);
    if (isLetIn) return done();
    const which = isOutcomes ? ', of those that may write outcomes' : '';
    const text = `This server needs "authorization: Bearer <token>"${which}.`;
    sendError(new RequestRefused(401, 'unauthorized', text), request, reply);
  });
}

/** Of the server; that of its models is theirs. */
function health(app: FastifyInstance, { inference, logState }: PublicApiOptions): void {
  app.get('/v2', (_, reply) => send(reply, 200, { name: 'temporal-mlops', version: '1', extensions: [] }));
  app.get('/v2/health/live', (_, reply) => send(reply, 200, { live: true }));
  app.get('/v2/health/ready', (_, reply) => {
    const ready = !inference.isDraining;
    const log = logState();
    return send(reply, ready ? 200 : 503, { ready, ...(log === 'well' ? {} : { log }) });
  });
  app.get('/ping', (_, reply) => reply.header('x-request-id', newRequestId()).send('\n'));
}

function extras(app: FastifyInstance, options: PublicApiOptions): void {
  app.post(outcomesPath, async (request, reply) =>
    send(reply, 202, await recordOutcomes(request.body, deskOf(request, options))),
  );
  app.get('/metrics', async (_, reply) =>
    reply
      .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      .header('x-request-id', newRequestId())
      .send(await options.metrics()),
  );
}

function deskOf(request: FastifyRequest, options: PublicApiOptions): OutcomesDesk {
  const environment = environmentOf(request, options);
  return {
    environment,
    models: options.endpoints.models(environment),
    tasks: options.endpoints.tasks(),
    sender: senderOf(options.outcomeSenders, request.headers.authorization)?.name ?? null,
    match: options.matchOutcomes,
    save: options.saveOutcomes,
  };
}
