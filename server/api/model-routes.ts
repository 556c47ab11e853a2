import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestRefused } from '../http/request-refused.js';
import type { RequestFormat } from '../model/request-format.js';
import type { ServingVersion } from '../model/serving-version.js';
import { datatypeOf } from './infer-request.js';
import { invocations, openInference } from './inference-formats.js';
import type { PublicApiOptions } from './public-api-options.js';
import { send, withVersion } from './public-reply.js';
import type { ServedModels } from './served-models.js';

interface ModelParams {
  model: string;
  version?: string;
}
type ModelRequest = FastifyRequest<{ Params: ModelParams }>;

/** Everything under a model's name: whether it is ready, what it takes, what it answers. */
export function modelRoutes(app: FastifyInstance, options: PublicApiOptions): void {
  readiness(app, options);
  metadata(app, options);
  inference(app, options);
}

function readiness(app: FastifyInstance, options: PublicApiOptions): void {
  const { inference, endpoints } = options;
  app.get<{ Params: ModelParams }>('/v2/models/:model/ready', (request, reply) => {
    const { model } = request.params;
    const ready = !inference.isDraining && endpoints.isReady(environmentOf(request, options), model);
    return send(reply, ready ? 200 : 503, { name: model, ready });
  });
  app.get<{ Params: ModelParams }>('/v2/models/:model/versions/:version/ready', (request, reply) => {
    const version = chosen(request, options);
    const ready = !inference.isDraining;
    return send(withVersion(reply, version), ready ? 200 : 503, { name: request.params.model, ready });
  });
}

function metadata(app: FastifyInstance, options: PublicApiOptions): void {
  const answer = (request: ModelRequest, reply: FastifyReply) => {
    const version = chosen(request, options);
    return send(withVersion(reply, version), 200, modelMetadata(version, options.endpoints));
  };
  app.get<{ Params: ModelParams }>('/v2/models/:model', answer);
  app.get<{ Params: ModelParams }>('/v2/models/:model/versions/:version', answer);
}

function inference(app: FastifyInstance, options: PublicApiOptions): void {
  const { inference, endpoints } = options;
  const answer = (format: RequestFormat) => (request: ModelRequest, reply: FastifyReply) => {
    const { model, version } = request.params;
    return inference.answer(reply, { environment: environmentOf(request, options), model, version }, format);
  };
  app.post<{ Params: ModelParams }>('/v2/models/:model/infer', answer(openInference));
  app.post<{ Params: ModelParams }>('/v2/models/:model/versions/:version/infer', answer(openInference));
  app.post<{ Params: ModelParams }>('/models/:model/invocations', answer(invocations));
  app.post('/invocations', (request, reply) => {
    const environment = environmentOf(request, options);
    const model = onlyModel(endpoints.models(environment), environment);
    return inference.answer(reply, { environment, model, version: undefined }, invocations);
  });
}

function chosen(request: ModelRequest, options: PublicApiOptions): ServingVersion {
  const { model, version } = request.params;
  const environment = environmentOf(request, options);
  const current = version === undefined ? options.endpoints.current(environment, model) : null;
  return current ?? options.endpoints.choose({ environment, model, version }, '');
}

function modelMetadata({ slotted, loaded, reader, outputName }: ServingVersion, endpoints: ServedModels): unknown {
  const versions = endpoints
    .versionsOf(slotted.environment, slotted.model)
    .map((version) => String(version.slotted.version.version));
  return {
    name: slotted.model,
    versions,
    platform: 'onnx_onnxv1',
    inputs: reader.columns.map(({ name, type }) => ({ name, datatype: datatypeOf[type], shape: [-1] })),
    outputs: [{ name: outputName, datatype: loaded.precision === 'float32' ? 'FP32' : 'FP64', shape: [-1] }],
    parameters: { task: loaded.manifest.task, version: String(slotted.version.version) },
  };
}

/** The environment that a request means. */
export function environmentOf(request: FastifyRequest, { environment }: PublicApiOptions): string {
  const asked = request.headers['x-mlops-environment'];
  return typeof asked === 'string' ? asked : environment;
}

function onlyModel(models: string[], environment: string): string {
  const [only, ...more] = models;
  if (only !== undefined && more.length === 0) return only;
  if (only === undefined)
    throw new RequestRefused(404, 'model_not_found', `No model is served in "${environment}".`).about('model');
  throw new RequestRefused(
    400,
    'invalid_request',
    `Several models are served: use /models/<model>/invocations. Served: ${models.join(', ')}.`,
  ).about('model');
}
