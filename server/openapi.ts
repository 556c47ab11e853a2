import type { Column } from '../schemas/index.js';
import { datatypeOf } from './infer-request.js';
import type { ServingVersion } from './serving-version.js';

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
      '/v1/outcomes': {
        post: operation('True outcomes by request id, up to 500', outcomesBody, exampleOutcomes, { type: 'object' }),
      },
    },
  };
}

/** A request that works, as documentation shows it. */
export function exampleInfer({ reader }: ServingVersion): unknown {
  const inputs = reader.columns.map(({ name, type }) => ({
    name,
    shape: [1],
    datatype: datatypeOf[type],
    data: [exampleValue(type)],
  }));
  return { inputs };
}

export function exampleInvocation({ reader }: ServingVersion): unknown {
  return {
    dataframe_records: [Object.fromEntries(reader.columns.map(({ name, type }) => [name, exampleValue(type)]))],
  };
}

function modelPaths(version: ServingVersion): Record<string, unknown> {
  const { model } = version.slotted;
  const tensors = {
    type: 'object',
    required: ['inputs'],
    properties: { id: { type: 'string' }, inputs: { type: 'array', items: tensor } },
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
      post: operation(`Ask ${model} (Open Inference Protocol v2)`, tensors, exampleInfer(version), { type: 'object' }),
    },
    [`/models/${model}/invocations`]: {
      post: operation(`Ask ${model} (MLflow)`, records, exampleInvocation(version), predictions),
    },
  };
}

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
const outcomesBody = {
  type: 'object',
  required: ['outcomes'],
  properties: { by: { type: 'string' }, outcomes: { type: 'array', maxItems: 500 } },
};
const exampleOutcomes = { by: 'billing', outcomes: [{ requestId: 'b7e1', outcome: 1 }] };

function operation(summary: string, body: unknown, example: unknown, answer: unknown): unknown {
  const error = { description: '{"error", "code", "field"?}' };
  return {
    summary,
    requestBody: { required: true, content: { 'application/json': { schema: body, example } } },
    responses: {
      '2XX': { description: 'answered', content: { 'application/json': { schema: answer } } },
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

function exampleValue(type: Column['type']): unknown {
  return { number: 1.5, integer: 1, boolean: true, string: 'AA', timestamp: '2001-04-18T06:00:00Z' }[type];
}
