import { z } from 'zod';
import { type Column, failure } from '../../schemas/index.js';
import type { RawColumns } from '../onnx/raw-columns.js';

/**
 * Allowed |trainer − ONNX Runtime|, relative to how far labels lie apart, or to how far this answer lies from the middle:
 * float32 holds seven digits of what a model adds up, and a number's constant part is added in double.
 */
export const parityTolerance = 1e-5;

/** How well the model answers as its trainer does. */
export const Parity = z.strictObject({
  rows: z.number().int(),
  rowsWithMissing: z.number().int(),
  maxDifference: z.number(),
});
export type Parity = z.infer<typeof Parity>;

export interface AnswerScale {
  /** see `LearningTask.answer.spread` */
  readonly spread: number;
  /** the mean of the answers */
  readonly middle: number;
}

/** What a difference of this answer is measured against. */
export function scaleOf(answer: number, { spread, middle }: AnswerScale): number {
  return Math.max(spread, Math.abs(answer - middle));
}

interface Compared {
  readonly expected: ArrayLike<number>;
  readonly answers: ArrayLike<number>;
  /** `columns[column][row]`, in the order of the inputs */
  readonly columns: readonly RawColumns[string][];
}

interface Worst {
  readonly relative: number;
  readonly trainer: number | null;
  readonly onnx: number | null;
  /** from 1, of all that were compared: validation, test, and copies with columns missing */
  readonly row: number;
  /** names of the inputs that it lacks */
  readonly missing: readonly string[];
}

/** Compares what a trainer answers with what its model answers, some rows at a time. */
export class ParityCheck {
  readonly #inputs: readonly Column[];
  readonly #scale: AnswerScale;
  #worst: Worst | null = null;
  #parity: Parity = { rows: 0, rowsWithMissing: 0, maxDifference: 0 };

  constructor(inputs: readonly Column[], scale: AnswerScale) {
    this.#inputs = inputs;
    this.#scale = scale;
  }

  /** The same rows by both, in order. */
  compare({ expected, answers, columns }: Compared): void {
    let { rows, rowsWithMissing, maxDifference } = this.#parity;
    for (let row = 0; row < expected.length; row++) {
      const difference = Math.abs(expected[row]! - answers[row]!);
      const relative = difference / scaleOf(expected[row]!, this.#scale);
      if (!(relative <= (this.#worst?.relative ?? 0)))
        this.#worst = this.#rowOf(relative, row, { expected, answers, columns });
      if (columns.some((values) => values[row] === null)) rowsWithMissing += 1;
      if (!(difference <= maxDifference)) maxDifference = difference;
      rows += 1;
    }
    this.#parity = { rows, rowsWithMissing, maxDifference };
  }

  /** PARITY_FAILED names the row that differs most. What is not finite differs without measure. */
  result(): Parity {
    const worst = this.#worst;
    if (worst !== null && !(worst.relative <= parityTolerance)) throw parityFailed(worst);
    return this.#parity;
  }

  /** Once it is not a number, it stays the worst: nothing compares with it. */
  #rowOf(relative: number, row: number, { expected, answers, columns }: Compared): Worst {
    if (this.#worst !== null && Number.isNaN(this.#worst.relative)) return this.#worst;
    const missing = this.#inputs.filter((_, c) => (columns[c]?.[row] ?? null) === null).map(({ name }) => name);
    return {
      relative,
      trainer: expected[row] ?? null,
      onnx: answers[row] ?? null,
      row: this.#parity.rows + row + 1,
      missing,
    };
  }
}

/** The row by its number alone: what it holds may be somebody's, and a failed run is a fact for good. */
function parityFailed({ trainer, onnx, row, missing }: Worst) {
  const difference = trainer === null || onnx === null ? null : Math.abs(trainer - onnx);
  const lacks = missing.length === 0 ? 'nothing is missing' : `missing: ${missing.slice(0, 5).join(', ')}`;
  return failure(
    'PARITY_FAILED',
    `The model answers ${onnx} where the trainer answers ${trainer}: they differ by ${difference} in row ${row} of those compared (${lacks}).`,
    { row, trainer, onnx, difference, tolerance: parityTolerance },
  );
}
