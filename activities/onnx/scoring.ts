import { type Column, errorCode, failure } from '../../schemas/index.js';
import { type Answers, type ModelInterface, OnnxModel } from './onnx-model.js';
import type { RawColumns } from './raw-columns.js';

/** What the model answers for raw rows; what float32 cannot hold is missing. Blocks: for child processes only. */
export async function scoreRows(model: Uint8Array, signature: ModelInterface, rows: RawColumns): Promise<Float64Array> {
  const columns = signature.inputs.map((column) => valuesOf(column, rows));
  const opened = await OnnxModel.open(model, signature, () => Number.NaN);
  try {
    return Float64Array.from(await scoreColumns(opened, columns));
  } finally {
    await opened.release();
  }
}

/** As `OnnxModel.score`; what ONNX Runtime throws is the model's fault: MODEL_REFUSED. */
export async function scoreColumns(model: OnnxModel, columns: readonly RawColumns[string][]): Promise<Answers> {
  try {
    return await model.score(columns, columns[0]?.length ?? 0);
  } catch (error) {
    throw errorCode(error) === null ? cannotRun(error) : error;
  }
}

function valuesOf({ name }: Column, rows: RawColumns) {
  const values = rows[name];
  if (values !== undefined) return values;
  throw failure('MODEL_REFUSED', `The rows lack the column "${name}", which the model wants.`, { column: name });
}

function cannotRun(error: unknown) {
  const why = error instanceof Error ? error.message : String(error);
  return failure('MODEL_REFUSED', `ONNX Runtime cannot run the model: ${why}`, { why, cause: error });
}
