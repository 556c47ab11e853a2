import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type Column, failure } from '../../schemas/index.js';
import { admitModel } from './admission.js';
import { inputShape, missingTimestamp, tensorTypeOf } from './preprocessing-graph.js';
import type { RawColumns } from './raw-columns.js';

/** What the model answers for raw rows, by ONNX Runtime on one thread. Blocks: for child processes only. */
export async function scoreRows(
  model: Uint8Array,
  signature: readonly Column[],
  rows: RawColumns,
): Promise<Float64Array> {
  admitModel(model);
  const feed = (column: Column): [string, Tensor] => {
    const values = valuesOf(column, rows);
    return [column.name, tensorOf(column, values, inputShape(signature, values.length))];
  };
  const feeds = Object.fromEntries(signature.map(feed));
  const output = await run(model, feeds);
  if (output?.data instanceof Float32Array) return Float64Array.from(output.data);
  throw failure('MODEL_REFUSED', 'The model has no float output.');
}

async function run(model: Uint8Array, feeds: Record<string, Tensor>): Promise<Tensor | undefined> {
  try {
    const session = await InferenceSession.create(model, oneThread);
    const outputs = await session.run(feeds);
    return outputs[session.outputNames[0] ?? ''];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw failure('MODEL_REFUSED', `ONNX Runtime cannot run the model: ${why}`, { why }, error);
  }
}

const oneThread = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
} as const;

type Raw = RawColumns[string][number];

function valuesOf({ name }: Column, rows: RawColumns): readonly Raw[] {
  const values = rows[name];
  if (values !== undefined) return values;
  throw failure('MODEL_REFUSED', `The rows lack the column "${name}", which the model wants.`, { column: name });
}

function tensorOf({ type }: Column, values: readonly Raw[], shape: number[]): Tensor {
  switch (tensorTypeOf[type]) {
    case 'int64':
      return new Tensor('int64', BigInt64Array.from(values, timestamp), shape);
    case 'string':
      return new Tensor(
        'string',
        values.map((value) => (value === null ? '' : String(value))),
        shape,
      );
    case 'bool':
    case 'float':
      return new Tensor(
        'float32',
        Float32Array.from(values, (value) => (value === null ? Number.NaN : Number(value))),
        shape,
      );
  }
}

function timestamp(value: Raw): bigint {
  return typeof value === 'number' ? BigInt(Math.floor(value)) : missingTimestamp;
}
