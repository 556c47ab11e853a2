import { type Column, failure, type MatrixMeta } from '../../schemas/index.js';
import type { FittedModel } from '../../statistics/learners/learner.js';
import { scoreModel } from '../../statistics/learners/score.js';
import { meanOf } from '../../statistics/moments.js';
import type { ModelInterface } from '../onnx/onnx-model.js';
import { encodeRows } from '../onnx/raw-columns.js';
import { scoreOnnx } from '../onnx/score-onnx.js';
import type { RawRows } from '../sql/sql-job.js';

/**
 * Allowed |trainer − ONNX Runtime|, relative to how far labels lie apart, or to how far this answer lies from the middle:
 * float32 holds seven digits of what a model adds up, and a number's constant part is added in double.
 */
export const parityTolerance = 1e-5;

/** A category that no training row can have had. */
const unseenCategory = '\u{1F9EA} unseen';
const copiedCells = 5000;
const mostCopiesPerInput = 50;

export interface ParityCheck {
  readonly model: Uint8Array;
  readonly fitted: FittedModel;
  readonly meta: MatrixMeta;
  readonly signature: ModelInterface;
  /** held-out raw rows */
  readonly rows: RawRows;
  /** see `LearningTask.answer.spread` */
  readonly spread: number;
  readonly workDirectory: string;
  readonly signal: AbortSignal;
}

export interface Parity {
  readonly rows: number;
  readonly rowsWithMissing: number;
  readonly maxDifference: number;
  /** what a difference of this answer is measured against */
  readonly scale: (answer: number) => number;
  /** all rows that were compared: the held-out ones first, then their copies with something missing or unseen */
  readonly checked: RawRows;
  /** what ONNX Runtime answered, a row each */
  readonly answers: Float64Array;
}

/**
 * Scores the same raw rows by the trainer's own code and by ONNX Runtime: the held-out rows, copies with each input
 * missing in turn, and copies with an unseen category. PARITY_FAILED names the row that differs most.
 */
export async function checkParity({
  model,
  fitted,
  meta,
  signature,
  rows,
  spread,
  ...where
}: ParityCheck): Promise<Parity> {
  const checked = withCopies(rows, signature.inputs);
  const expected = scoreModel(fitted, meta.task, encodeRows(meta.features, checked));
  const answers = await scoreOnnx({ model, signature, rows: checked, ...where });
  const scale = scaleOf(expected, spread);
  const worst = worstRow(expected, answers, scale);
  if (!(worst.relative <= parityTolerance)) throw parityFailed(checked, { expected, answers }, worst.row);
  const columns = Object.values(checked);
  const rowsWithMissing = expected.filter((_, row) => columns.some((column) => column[row] === null)).length;
  return { rows: expected.length, rowsWithMissing, maxDifference: worst.absolute, scale, checked, answers };
}

function withCopies(rows: RawRows, signature: readonly Column[]): RawRows {
  const count = rows[signature[0]?.name ?? '']?.length ?? 0;
  const copies = Math.min(count, mostCopiesPerInput, Math.max(1, Math.floor(copiedCells / signature.length)));
  const columns = signature.map(({ name, type }): [string, RawRows[string]] => {
    const values = rows[name] ?? [];
    const first = values.slice(0, copies);
    const missing = signature.flatMap((other) => (other.name === name ? first.map(() => null) : first));
    const unseen = first.map((value) => (type === 'string' ? unseenCategory : value));
    return [name, [...values, ...missing, ...unseen]];
  });
  return Object.fromEntries(columns);
}

function scaleOf(expected: Float64Array, spread: number): (answer: number) => number {
  const middle = meanOf(expected);
  return (answer) => Math.max(spread, Math.abs(answer - middle));
}

/** What is not finite differs without measure. */
function worstRow(expected: Float64Array, answers: Float64Array, scale: (answer: number) => number) {
  let worst = { row: 0, relative: 0, absolute: 0 };
  if (expected.length !== answers.length) return { row: 0, relative: Number.NaN, absolute: Number.NaN };
  for (let row = 0; row < expected.length; row++) {
    const absolute = Math.abs(expected[row]! - answers[row]!);
    const relative = absolute / scale(expected[row]!);
    if (!(relative <= worst.relative)) worst = { row, relative, absolute };
    if (Number.isNaN(relative)) return worst;
  }
  return worst;
}

function parityFailed(
  rows: RawRows,
  { expected, answers }: { expected: Float64Array; answers: Float64Array },
  row: number,
) {
  const raw = Object.fromEntries(
    Object.entries(rows)
      .slice(0, 50)
      .map(([name, values]) => [name, values[row] ?? null]),
  );
  const [trainer, onnx] = [expected[row] ?? null, answers[row] ?? null];
  const difference = trainer === null || onnx === null ? null : Math.abs(trainer - onnx);
  return failure(
    'PARITY_FAILED',
    `The packaged model answers ${onnx} where the trainer answers ${trainer}: they differ by ${difference} in row ${JSON.stringify(raw).slice(0, 2000)}.`,
    { row: raw, trainer, onnx, difference, tolerance: parityTolerance },
  );
}
