import { meanOf } from '../../statistics/moments.js';
import type { ModelInterface, Precision } from '../onnx/onnx-model.js';
import type { RawColumns } from '../onnx/raw-columns.js';
import { scoreOnnx } from '../onnx/score-onnx.js';
import { copiedRows } from '../train/copied-rows.js';
import type { AnswerScale } from '../train/parity.js';

/** Raw rows and what the packaged model answers. */
export interface AnsweredRows {
  /** the held-out rows first, then copies with something missing or unseen */
  readonly rows: RawColumns;
  /** by ONNX Runtime, a row each */
  readonly answers: Float64Array;
  readonly precision: Precision;
  /** how many are held-out rows */
  readonly heldOut: number;
  readonly scale: AnswerScale;
}

interface Asking {
  readonly model: Uint8Array;
  readonly signature: ModelInterface;
  /** held-out raw rows */
  readonly rows: RawColumns;
  /** see `LearningTask.answer.spread` */
  readonly spread: number;
  readonly workDirectory: string;
  readonly signal: AbortSignal;
}

/** Asks the model in a process of its own. MODEL_REFUSED, see `scoreOnnx`. */
export async function answeredRows({ model, signature, rows, spread, ...where }: Asking): Promise<AnsweredRows> {
  const heldOut = rows[signature.inputs[0]?.name ?? '']?.length ?? 0;
  const copies = copiedRows(signature.inputs, rows);
  const all = signature.inputs.map(({ name }) => [name, [...(rows[name] ?? []), ...(copies[name] ?? [])]] as const);
  const asked = Object.fromEntries(all);
  const { answers, precision } = await scoreOnnx({ model, signature, rows: asked, ...where });
  return { rows: asked, answers, precision, heldOut, scale: { spread, middle: meanOf(answers.subarray(0, heldOut)) } };
}
