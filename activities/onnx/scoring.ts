import { type Column, errorCode, failure } from '../../schemas/index.js';
import { type Answers, type ModelInterface, OnnxModel, type Precision } from './onnx-model.js';
import type { RawColumns } from './raw-columns.js';

/** What a model answers for raw rows. */
export interface ScoredRows {
  /** one a row */
  readonly answers: Float64Array;
  readonly precision: Precision;
}

/** The answers alone of `scoreModel`. */
export async function scoreRows(model: Uint8Array, signature: ModelInterface, rows: RawColumns): Promise<Float64Array> {
  return (await scoreModel(model, signature, rows)).answers;
}

/**
 * What the model answers for raw rows; what float32 cannot hold is missing, what int64 cannot hold MODEL_REFUSED.
 * Blocks: for child processes only.
 */
export async function scoreModel(model: Uint8Array, signature: ModelInterface, rows: RawColumns): Promise<ScoredRows> {
  const columns = signature.inputs.map((column) => valuesOf(column, rows));
  const opened = await OnnxModel.open(model, signature, () => Number.NaN);
  try {
    const answers = Float64Array.from(await scoreColumns(opened, columns));
    return { answers, precision: opened.precision };
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
