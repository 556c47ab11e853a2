import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { type Column, failure } from '../../schemas/index.js';
import { missingWhole } from './preprocessing-graph.js';
import type { RawColumns } from './raw-columns.js';

export type RawValue = RawColumns[string][number];

/** Turns one column's raw values into the tensor that the model wants. */
export type MakeTensor = (values: readonly RawValue[], rows: number) => Tensor;

/**
 * What takes the place of a finite number that the model's tensor cannot hold; or it throws. Too large for float32 or
 * int64, or, where the tensor is int64, not whole: the model would answer for another number than was asked.
 */
export type Unfit = (column: string, row: number, value: number) => number;

/**
 * The input tensor of one signature column, by the type that the ONNX graph declares. Missing is NaN in floating point
 * and the empty string in text; an integer tensor has no value for it, so there a missing one is the smallest int64, and
 * false in one of booleans.
 * Only a time loses something: its parts of a millisecond.
 */
export function tensorInput(column: Column, session: InferenceSession, unfit: Unfit): MakeTensor {
  const index = session.inputNames.indexOf(column.name);
  const metadata = session.inputMetadata[index];
  if (!metadata?.isTensor) throw mismatch(column, 'is no tensor input of the model');
  const fill = fills[metadata.type as keyof typeof fills];
  if (fill === undefined) throw mismatch(column, `has the tensor type ${metadata.type}, which is not supported`);
  const isText = metadata.type === 'string';
  if (isText !== (column.type === 'string'))
    throw mismatch(column, `is ${column.type}, but the tensor ${metadata.type}`);
  const rank = metadata.shape.length;
  const replace = (row: number, value: number) => unfit(column.name, row, value);
  return (values, rows) => fill(values, rank === 1 ? [rows] : [rows, 1], { column, replace });
}

interface Filled {
  readonly column: Column;
  readonly replace: (row: number, value: number) => number;
}
type Fill = (values: readonly RawValue[], shape: number[], filled: Filled) => Tensor;

const fills = {
  float32: (values, shape, filled) =>
    new Tensor('float32', floats(new Float32Array(values.length), values, filled), shape),
  float64: (values, shape, filled) =>
    new Tensor('float64', floats(new Float64Array(values.length), values, filled), shape),
  int64: (values, shape, filled) => new Tensor('int64', wholeNumbers(values, filled), shape),
  bool: (values, shape) => new Tensor('bool', Uint8Array.from(values, Number), shape),
  string: (values, shape) => new Tensor('string', values.map(textOrEmpty), shape),
} satisfies Record<string, Fill>;

/** A finite double may be too large for a float: it would become Infinity. */
function floats<T extends Float32Array | Float64Array>(data: T, values: readonly RawValue[], { replace }: Filled): T {
  for (let i = 0; i < data.length; i++) {
    const value = values[i] as number | null;
    data[i] = value === null ? Number.NaN : value;
    if (value !== null && !Number.isFinite(data[i])) data[i] = replace(i, value);
  }
  return data;
}

function wholeNumbers(values: readonly RawValue[], { column, replace }: Filled): BigInt64Array {
  const isTime = column.type === 'timestamp';
  const data = new BigInt64Array(values.length);
  for (let i = 0; i < data.length; i++) {
    const value = values[i] as number | boolean | null;
    const number = isTime ? Math.floor(value as number) : Number(value);
    if (value === null) data[i] = missingWhole;
    else data[i] = BigInt(isInt64(number) ? number : replacement(column, replace(i, number)));
  }
  return data;
}

/** Beyond its range a number would wrap around; the smallest one stands for a missing value. */
const isInt64 = (value: number) => Number.isInteger(value) && Math.abs(value) < 2 ** 63;

/** NaN, which says missing in floating point, is no integer either. */
function replacement(column: Column, value: number): number {
  if (isInt64(value)) return value;
  throw mismatch(column, 'has a number that is not whole or too large, but the tensor int64');
}

const textOrEmpty = (value: RawValue) => (value === null ? '' : String(value));

function mismatch(column: Column, why: string) {
  return failure('MODEL_REFUSED', `Input "${column.name}" of the signature ${why}.`, { column });
}
