import { type Column, messageRowLimit } from '../../schemas/index.js';
import { newRequestId } from '../http/request-id.js';
import type { ServingVersion } from '../model/serving-version.js';
import { exampleInfer, exampleInvocation, exampleOutcomes } from './example-request.js';

/** The served models as an OpenAPI 3.1 document: their columns are the schema. */
export function openApi(versions: readonly ServingVersion[]): unknown {
  const paths = Object.assign({}, ...versions.map(modelPaths)) as Record<string, unknown>;
  return {
    openapi: '3.1.0',
    info: { title: 'temporal-mlops model server', version: '1' },
    paths: {
      '/v2/health/live': { get: { summary: 'Is the server up?', responses: { 200: { description: 'yes' } } } },
      '/v2/health/ready': {
        get: {
          summary: 'Does it take requests?',
          responses: { 200: { description: 'yes' }, 503: { description: 'no' } },
        },
      },
      ...paths,
      '/v1/outcomes': { post: outcomesOperation(versions) },
    },
  };
}

function modelPaths(version: ServingVersion): Record<string, unknown> {
  const { model } = version.slotted;
  const tensors = {
    type: 'object',
    required: ['inputs'],
    properties: {
      id: { ...requestId, description: 'wins over the header x-request-id' },
      inputs: { type: 'array', items: tensor },
    },
  };
  const records = { type: 'object', properties: { dataframe_records: { type: 'array', items: rowSchema(version) } } };
  const predictions = {
    type: 'object',
    properties: { predictions: { type: 'object', properties: { [version.outputName]: numbers } } },
  };
  return {
    [`/v2/models/${model}`]: {
      get: { summary: `Metadata of ${model}`, responses: { 200: { description: 'name, versions, inputs, outputs' } } },
    },
    [`/v2/models/${model}/infer`]: {
      post: operation(`Ask ${model} (Open Inference Protocol v2)`, {
        body: tensors,
        example: exampleInfer(version),
        answer: { type: 'object' },
        headers: answerHeaders,
      }),
    },
    [`/models/${model}/invocations`]: {
      post: operation(`Ask ${model} (MLflow)`, {
        body: records,
        example: exampleInvocation(version),
        answer: predictions,
        headers: answerHeaders,
      }),
    },
  };
}

const requestId = { type: 'string', pattern: '^[!-~]([ -~]{0,198}[!-~])?$' };
const answerHeaders = {
  'x-prediction-id': {
    schema: { type: 'string' },
    description: 'the identity of the prediction; of a request with several rows, <x-prediction-id>:<row> from 0',
  },
  'x-request-id': { schema: requestId, description: "the caller's name for the request, as it is logged" },
  'x-model-name': { schema: { type: 'string' } },
  'x-model-version': { schema: { type: 'string' } },
  'x-model-digest': { schema: { type: 'string' } },
};
const numbers = { type: 'array', items: { type: 'number' } };
const tensor = {
  type: 'object',
  required: ['name', 'shape', 'datatype', 'data'],
  properties: {
    name: { type: 'string' },
    shape: { type: 'array', items: { type: 'integer' } },
    datatype: { type: 'string' },
    data: { type: 'array' },
  },
};

const outcomeRow = {
  type: 'object',
  required: ['outcome'],
  properties: {
    predictionId: {
      type: 'string',
      description: "the answer's x-prediction-id; :<row>, from 0, where the request had several rows",
    },
    requestId: { type: 'string', description: "instead of predictionId: the answer's x-request-id, with the model" },
    model: { type: 'string', description: 'may be left out where one alone is served' },
    environment: { type: 'string', description: "the server's own where it is left out" },
    row: { type: 'integer', minimum: 0, description: 'with requestId, where the request had several rows' },
    outcome: {
      type: ['number', 'boolean'],
      description: '0, 1, true or false where every model tells a probability',
    },
    knownAt: { type: 'string', format: 'date-time' },
  },
};
const refusedRow = {
  type: 'object',
  properties: {
    row: { type: 'integer' },
    predictionId: { type: ['string', 'null'] },
    requestId: { type: ['string', 'null'] },
    error: { type: 'string' },
  },
};
const acceptedRow = {
  type: 'object',
  properties: {
    row: { type: 'integer' },
    status: { enum: ['recorded', 'supersedes', 'pending'] },
    note: { type: 'string', description: 'of a pending one whose model is not served here' },
  },
};
const outcomesAnswer = {
  type: 'object',
  properties: {
    accepted: { type: 'integer', description: 'kept, and in the ledger soon' },
    pending: { type: 'integer', description: 'of these: their prediction is not known yet; they count when it is' },
    outcomes: { type: 'array', items: acceptedRow },
    refused: { type: 'array', items: refusedRow },
    example: outcomeRow,
  },
};

function outcomesOperation([version]: readonly ServingVersion[]): unknown {
  const outcomes = { type: 'array', minItems: 1, maxItems: messageRowLimit, items: outcomeRow };
  const body = { type: 'object', required: ['outcomes'], properties: { by: { type: 'string' }, outcomes } };
  const example = version && exampleOutcomes(version, newRequestId());
  const summary = 'True outcomes by prediction id, or by model and request id; each row is judged by itself';
  return operation(summary, { body, example, answer: outcomesAnswer });
}

interface Exchange {
  /** JSON schema of what is sent */
  readonly body: unknown;
  readonly example: unknown;
  /** JSON schema of what comes back */
  readonly answer: unknown;
  readonly headers?: unknown;
}

function operation(summary: string, { body, example, answer, headers }: Exchange): unknown {
  const error = { description: '{"error", "code", "field"?}' };
  return {
    summary,
    requestBody: { required: true, content: { 'application/json': { schema: body, example } } },
    responses: {
      '2XX': {
        description: 'answered',
        ...(headers === undefined ? {} : { headers }),
        content: { 'application/json': { schema: answer } },
      },
      '4XX': error,
      '5XX': error,
    },
  };
}

function rowSchema({ reader }: ServingVersion): unknown {
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(reader.columns.map(({ name, type }) => [name, columnSchema(type)])),
  };
}

function columnSchema(type: Column['type']): unknown {
  if (type === 'timestamp')
    return { type: ['string', 'integer', 'null'], description: 'ISO 8601 (UTC) or epoch milliseconds' };
  return { type: [type, 'null'] };
}
