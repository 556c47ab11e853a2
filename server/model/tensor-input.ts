import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { type Column, failure } from '../../schemas/index.js';
import { refuse } from '../http/request-refused.js';
import type { Value } from './column-values.js';

/** Turns one column's checked values into the tensor the model wants. */
export type MakeTensor = (values: readonly Value[], rows: number) => Tensor;

/**
 * The input tensor of one signature column, by the type the ONNX graph declares. Missing is NaN in floating point and
 * the empty string in text; an integer input has no value for it, so there a missing value is `missingInteger`.
 */
export function tensorInput(column: Column, session: InferenceSession): MakeTensor {
  const index = session.inputNames.indexOf(column.name);
  const metadata = session.inputMetadata[index];
  if (!metadata?.isTensor) throw mismatch(column, 'is no tensor input of the model');
  const fill = fills[metadata.type as keyof typeof fills];
  if (fill === undefined) throw mismatch(column, `has the tensor type ${metadata.type}, which is not supported`);
  const isText = metadata.type === 'string';
  if (isText !== (column.type === 'string'))
    throw mismatch(column, `is ${column.type}, but the tensor ${metadata.type}`);
  const rank = metadata.shape.length;
  return (values, rows) => fill(values, rank === 1 ? [rows] : [rows, 1], column.name);
}

export const missingInteger = -(2n ** 63n);

type Fill = (values: readonly Value[], shape: number[], name: string) => Tensor;

const fills = {
  float32: (values, shape, name) => new Tensor('float32', floats(new Float32Array(values.length), values, name), shape),
  float64: (values, shape, name) => new Tensor('float64', floats(new Float64Array(values.length), values, name), shape),
  int64: (values, shape) => {
    const data = new BigInt64Array(values.length);
    for (let i = 0; i < data.length; i++) data[i] = values[i] === null ? missingInteger : BigInt(values[i] as number);
    return new Tensor('int64', data, shape);
  },
  string: (values, shape) => new Tensor('string', values.map(textOrEmpty), shape),
} satisfies Record<string, Fill>;

/** A finite double may be too large for a float: it would become Infinity, which is refused like any other. */
function floats<T extends Float32Array | Float64Array>(data: T, values: readonly Value[], name: string): T {
  for (let i = 0; i < data.length; i++) {
    const value = values[i] as number | null;
    data[i] = value === null ? Number.NaN : value;
    if (value !== null && !Number.isFinite(data[i]))
      throw refuse('invalid_value', `Column "${name}", row ${i}: ${value} is too large.`, name);
  }
  return data;
}

const textOrEmpty = (value: Value) => (value === null ? '' : (value as string));

function mismatch(column: Column, why: string) {
  return failure('MODEL_REFUSED', `Input "${column.name}" of the signature ${why}.`, { column });
}
