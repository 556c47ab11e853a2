import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Answering, Format } from './answering.js';
import { hasBearerToken } from './bearer-token.js';
import { bodyLimitBytes, limitBytesInFlight, tooLarge } from './bytes-in-flight.js';
import { docsPage } from './docs-page.js';
import { invocations, openInference } from './formats.js';
import { datatypeOf } from './infer-request.js';
import { openApi } from './openapi.js';
import { recordOutcomes } from './outcomes-request.js';
import { parseBody } from './parse-body.js';
import { newRequestId, requestIdOf } from './request-id.js';
import { RequestRefused } from './request-refused.js';
import type { ServingEndpoints } from './serving-endpoints.js';
import type { ServingVersion } from './serving-version.js';

export interface PublicApiOptions {
  /** the environment that a request without the header `x-mlops-environment` means */
  readonly environment: string;
  readonly endpoints: ServingEndpoints;
  readonly answering: Answering;
  /** the Prometheus text of the whole server */
  readonly metrics: () => Promise<string>;
  /** durable when it resolves */
  readonly saveOutcomes: (lines: string, rows: number) => Promise<void>;
  /** what callers must send as a bearer token; null: the port is open to whoever reaches it */
  readonly apiToken: string | null;
}

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
  if (options.apiToken !== null) guard(app, options.apiToken);
  parseBody(app);
  limitBytesInFlight(app);
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request, reply) =>
    sendError(
      new RequestRefused(404, 'not_found', `There is no ${request.method} ${request.url.slice(0, 200)}. See /docs.`),
      request,
      reply,
    ),
  );
  health(app, options);
  metadata(app, options);
  inference(app, options);
  extras(app, options);
  return app;
}

/** Health stays open: probes carry no token, and learn nothing but that the server is there. */
const openPaths = new Set(['/v2/health/live', '/v2/health/ready', '/ping']);

function guard(app: FastifyInstance, token: string): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (openPaths.has(request.url) || hasBearerToken(request.headers.authorization, token)) return done();
    const refused = new RequestRefused(401, 'unauthorized', 'This server needs "authorization: Bearer <token>".');
    sendError(refused, request, reply);
  });
}

function health(app: FastifyInstance, { answering, endpoints, ...options }: PublicApiOptions): void {
  const isReady = (model?: string, environment = options.environment) =>
    !answering.isDraining && (model === undefined || endpoints.current(environment, model) !== null);
  app.get('/v2', (_, reply) => send(reply, 200, { name: 'temporal-mlops', version: '1', extensions: [] }));
  app.get('/v2/health/live', (_, reply) => send(reply, 200, { live: true }));
  app.get('/v2/health/ready', (_, reply) => send(reply, isReady() ? 200 : 503, { ready: isReady() }));
  app.get('/ping', (_, reply) => reply.header('x-request-id', newRequestId()).send('\n'));
  app.get<{ Params: ModelParams }>('/v2/models/:model/ready', (request, reply) => {
    const ready = isReady(request.params.model, environmentOf(request, options.environment));
    return send(reply, ready ? 200 : 503, { name: request.params.model, ready });
  });
  app.get<{ Params: ModelParams }>('/v2/models/:model/versions/:version/ready', (request, reply) => {
    const version = chosen(request, { ...options, endpoints });
    return send(
      reply,
      answering.isDraining ? 503 : 200,
      { name: request.params.model, ready: !answering.isDraining },
      version,
    );
  });
}

function metadata(app: FastifyInstance, options: PublicApiOptions): void {
  const answer = (request: FastifyRequest<{ Params: ModelParams }>, reply: FastifyReply) => {
    const version = chosen(request, options);
    return send(reply, 200, modelMetadata(version, options.endpoints), version);
  };
  app.get<{ Params: ModelParams }>('/v2/models/:model', answer);
  app.get<{ Params: ModelParams }>('/v2/models/:model/versions/:version', answer);
}

function inference(app: FastifyInstance, { answering, environment, endpoints }: PublicApiOptions): void {
  const answer = (format: Format) => (request: FastifyRequest<{ Params: ModelParams }>, reply: FastifyReply) => {
    const { model, version } = request.params;
    return answering.answer(
      request,
      reply,
      { environment: environmentOf(request, environment), model, version },
      format,
    );
  };
  app.post<{ Params: ModelParams }>('/v2/models/:model/infer', answer(openInference));
  app.post<{ Params: ModelParams }>('/v2/models/:model/versions/:version/infer', answer(openInference));
  app.post<{ Params: ModelParams }>('/models/:model/invocations', answer(invocations));
  app.post('/invocations', (request, reply) => {
    const asked = environmentOf(request, environment);
    const model = onlyModel(endpoints.models(asked), asked);
    return answering.answer(request, reply, { environment: asked, model, version: undefined }, invocations);
  });
}

function extras(app: FastifyInstance, options: PublicApiOptions): void {
  app.post('/v1/outcomes', async (request, reply) =>
    send(reply, 202, { accepted: await recordOutcomes(request.body, options.saveOutcomes) }),
  );
  app.get('/metrics', async (_, reply) =>
    reply
      .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      .header('x-request-id', newRequestId())
      .send(await options.metrics()),
  );
  app.get('/openapi.json', (_, reply) => send(reply, 200, openApi(currentVersions(options))));
  app.get('/docs', (_, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('x-request-id', newRequestId())
      .send(docsPage(currentVersions(options))),
  );
}

interface ModelParams {
  model: string;
  version?: string;
}

function chosen(
  request: FastifyRequest<{ Params: ModelParams }>,
  options: Pick<PublicApiOptions, 'endpoints' | 'environment'>,
): ServingVersion {
  const { model, version } = request.params;
  const environment = environmentOf(request, options.environment);
  if (version !== undefined) return options.endpoints.choose(environment, model, version, '');
  return options.endpoints.current(environment, model) ?? options.endpoints.choose(environment, model, undefined, '');
}

function modelMetadata({ slotted, loaded, reader, outputName }: ServingVersion, endpoints: ServingEndpoints): unknown {
  const versions = endpoints
    .versionsOf(slotted.environment, slotted.model)
    .map((version) => String(version.slotted.version.version));
  return {
    name: slotted.model,
    versions,
    platform: 'onnx_onnxv1',
    inputs: reader.columns.map(({ name, type }) => ({ name, datatype: datatypeOf[type], shape: [-1] })),
    outputs: [{ name: outputName, datatype: 'FP32', shape: [-1] }],
    parameters: { task: loaded.manifest.task, version: String(slotted.version.version) },
  };
}

function currentVersions({ endpoints, environment }: PublicApiOptions): ServingVersion[] {
  const current = endpoints.models(environment).map((model) => endpoints.current(environment, model));
  return current.filter((version) => version !== null);
}

function environmentOf(request: FastifyRequest, otherwise: string): string {
  const asked = request.headers['x-mlops-environment'];
  return typeof asked === 'string' ? asked : otherwise;
}

function onlyModel(models: string[], environment: string): string {
  const [only, ...more] = models;
  if (only !== undefined && more.length === 0) return only;
  if (only === undefined)
    throw new RequestRefused(404, 'model_not_found', `No model is served in "${environment}".`, 'model');
  throw new RequestRefused(
    400,
    'invalid_request',
    `Several models are served: use /models/<model>/invocations. Served: ${models.join(', ')}.`,
    'model',
  );
}

function send(reply: FastifyReply, status: number, body: unknown, version?: ServingVersion): FastifyReply {
  const headers = version?.headers ?? [];
  for (let i = 0; i < headers.length; i += 2) reply.header(headers[i] as string, headers[i + 1]);
  reply.header('x-request-id', requestIdOf(reply.request.headers['x-request-id']));
  return reply.code(status).header('content-type', 'application/json').send(JSON.stringify(body));
}

/** Errors before a version was chosen. Fastify's own (body too large, …) are refusals of the request too. */
function sendError(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  const refusal =
    error instanceof RequestRefused ? error : asRefusal(error as { statusCode?: number; message?: string });
  if (refusal.status === 503) void reply.header('retry-after', '1');
  void reply.header('x-request-id', requestIdOf(reply.request.headers['x-request-id']));
  void reply.code(refusal.status).header('content-type', 'application/json').send(refusal.body);
}

function asRefusal({ statusCode = 500, message = '' }: { statusCode?: number; message?: string }): RequestRefused {
  if (statusCode === 413) return tooLarge();
  if (statusCode === 415)
    return new RequestRefused(415, 'unsupported_media_type', 'Send JSON: content-type: application/json.');
  if (statusCode < 500) return new RequestRefused(statusCode, 'invalid_request', message);
  console.error(message);
  return new RequestRefused(500, 'internal', 'The server could not answer.');
}
