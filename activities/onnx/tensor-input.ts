import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { type Column, failure } from '../../schemas/index.js';
import { missingTimestamp } from './preprocessing-graph.js';
import type { RawColumns } from './raw-columns.js';

export type RawValue = RawColumns[string][number];

/** Turns one column's raw values into the tensor that the model wants. */
export type MakeTensor = (values: readonly RawValue[], rows: number) => Tensor;

/** What takes the place of a finite number that is too large for the model's float32; or it throws. */
export type TooLarge = (column: string, row: number, value: number) => number;

/**
 * The input tensor of one signature column, by the type that the ONNX graph declares. Missing is NaN in floating point
 * and the empty string in text; an integer tensor has no value for it, so there a missing one is the smallest int64.
 */
export function tensorInput(column: Column, session: InferenceSession, tooLarge: TooLarge): MakeTensor {
  const index = session.inputNames.indexOf(column.name);
  const metadata = session.inputMetadata[index];
  if (!metadata?.isTensor) throw mismatch(column, 'is no tensor input of the model');
  const fill = fills[metadata.type as keyof typeof fills];
  if (fill === undefined) throw mismatch(column, `has the tensor type ${metadata.type}, which is not supported`);
  const isText = metadata.type === 'string';
  if (isText !== (column.type === 'string'))
    throw mismatch(column, `is ${column.type}, but the tensor ${metadata.type}`);
  const rank = metadata.shape.length;
  const replace = (row: number, value: number) => tooLarge(column.name, row, value);
  return (values, rows) => fill(values, rank === 1 ? [rows] : [rows, 1], replace);
}

type Replace = (row: number, value: number) => number;
type Fill = (values: readonly RawValue[], shape: number[], replace: Replace) => Tensor;

const fills = {
  float32: (values, shape, replace) =>
    new Tensor('float32', floats(new Float32Array(values.length), values, replace), shape),
  float64: (values, shape, replace) =>
    new Tensor('float64', floats(new Float64Array(values.length), values, replace), shape),
  int64: (values, shape) => {
    const data = new BigInt64Array(values.length);
    for (let i = 0; i < data.length; i++) data[i] = wholeNumber(values[i] as number | null);
    return new Tensor('int64', data, shape);
  },
  string: (values, shape) => new Tensor('string', values.map(textOrEmpty), shape),
} satisfies Record<string, Fill>;

/** A finite double may be too large for a float: it would become Infinity. */
function floats<T extends Float32Array | Float64Array>(data: T, values: readonly RawValue[], replace: Replace): T {
  for (let i = 0; i < data.length; i++) {
    const value = values[i] as number | null;
    data[i] = value === null ? Number.NaN : value;
    if (value !== null && !Number.isFinite(data[i])) data[i] = replace(i, value);
  }
  return data;
}

function wholeNumber(value: number | null): bigint {
  return value === null ? missingTimestamp : BigInt(Math.floor(value));
}

const textOrEmpty = (value: RawValue) => (value === null ? '' : String(value));

function mismatch(column: Column, why: string) {
  return failure('MODEL_REFUSED', `Input "${column.name}" of the signature ${why}.`, { column });
}
