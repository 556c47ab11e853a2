import type { Column } from '../../schemas/index.js';
import { refuse } from '../http/request-refused.js';
import type { Value } from '../model/column-values.js';
import { checkRowCount, isRecord, type RequestRows, type SignatureReader } from '../model/request-rows.js';

/** A tensor of an Open Inference Protocol v2 request, as sent. */
interface InputTensor {
  name: string;
  shape: number[];
  datatype: string;
  data: unknown[];
}

/**
 * Reads the body of `POST /v2/models/<model>/infer`: one tensor per column of the signature, shape [N] or [N,1], data
 * flat or nested. Hand-written, because this is the hot path; every rule names the field that breaks it.
 */
export function readInferRequest(body: unknown, reader: SignatureReader): RequestRows {
  if (!isRecord(body) || !Array.isArray(body.inputs))
    throw refuse('invalid_request', 'The body needs "inputs": [tensor, …].', 'inputs');
  checkOutputs(body.outputs, reader);
  const columns = new Array<Value[] | undefined>(reader.columns.length);
  let rows = 0;
  for (const tensor of body.inputs as unknown[]) {
    const input = readTensor(tensor);
    const index = reader.indexOf(input.name);
    if (index === -1) reader.refuseUnknown(namesOf(body.inputs as unknown[]));
    if (columns[index] !== undefined) throw refuse('invalid_request', `Input "${input.name}" comes twice.`, input.name);
    rows = sameRows(rows, input);
    checkDatatype(input, reader.columns[index] as Column);
    columns[index] = reader.check(index, flat(input, rows), rows);
  }
  reader.refuseMissing(columns);
  return { rows, columns: columns as Value[][] };
}

/** The datatype that model metadata names for a column. */
export const datatypeOf: Record<Column['type'], string> = {
  number: 'FP64',
  integer: 'INT64',
  boolean: 'BOOL',
  string: 'BYTES',
  timestamp: 'BYTES',
};

const integers = ['INT8', 'INT16', 'INT32', 'INT64', 'UINT8', 'UINT16', 'UINT32', 'UINT64'];
const numbers = new Set([...integers, 'FP16', 'FP32', 'FP64']);

/** Integers may come as floating point: data frames turn integer columns with missing values into that. */
const datatypes: Record<Column['type'], ReadonlySet<string>> = {
  number: numbers,
  integer: numbers,
  boolean: new Set(['BOOL', ...integers]),
  string: new Set(['BYTES']),
  timestamp: new Set(['INT64', 'UINT64', 'BYTES']),
};

/** `[{"name"}, …]`: which outputs are wanted; all when absent. */
function checkOutputs(outputs: unknown, reader: SignatureReader): void {
  if (outputs === undefined) return;
  if (!Array.isArray(outputs)) throw refuse('invalid_request', '"outputs" must be [{"name"}, …].', 'outputs');
  for (const output of outputs as unknown[]) reader.refuseOtherOutput(isRecord(output) ? output.name : undefined);
}

function readTensor(tensor: unknown): InputTensor {
  if (!isRecord(tensor) || typeof tensor.name !== 'string')
    throw refuse('invalid_request', 'Each of "inputs" must be {"name", "shape", "datatype", "data"}.', 'inputs');
  const { name, shape, data } = tensor;
  if (!Array.isArray(shape)) throw refuse('invalid_shape', `Input "${name}": "shape" must be [N] or [N,1].`, name);
  if (!Array.isArray(data)) throw refuse('invalid_request', `Input "${name}": "data" must be an array.`, name);
  return tensor as unknown as InputTensor;
}

function sameRows(rows: number, { name, shape }: InputTensor): number {
  if (shape.length > 2 || (shape.length === 2 && shape[1] !== 1))
    throw refuse(
      'invalid_shape',
      `Input "${name}": the shape must be [N] or [N,1], got [${shape.slice(0, 5).map((size) => (typeof size === 'number' ? size : '?'))}].`,
      name,
    );
  const own = checkRowCount(shape[0], name);
  if (rows === 0 || own === rows) return own;
  throw refuse('invalid_shape', `Input "${name}" has ${own} rows, the others have ${rows}.`, name);
}

function checkDatatype({ name, datatype }: InputTensor, column: Column): void {
  if (datatypes[column.type].has(datatype)) return;
  const wanted = [...datatypes[column.type]].join(', ');
  throw refuse('invalid_value', `Input "${name}": datatype must be one of ${wanted} for ${column.type}.`, name);
}

function flat({ name, data, shape }: InputTensor, rows: number): readonly unknown[] {
  if (data.length !== rows)
    throw refuse('invalid_shape', `Input "${name}": the shape says ${rows} values, "data" has ${data.length}.`, name);
  if (shape.length === 1 || !Array.isArray(data[0])) return data;
  return data.map((row) => {
    if (Array.isArray(row) && row.length === 1) return row[0] as unknown;
    throw refuse('invalid_shape', `Input "${name}": nested "data" must be [[value], …].`, name);
  });
}

function namesOf(inputs: readonly unknown[]): string[] {
  return inputs.flatMap((input) => (isRecord(input) && typeof input.name === 'string' ? [input.name] : []));
}
