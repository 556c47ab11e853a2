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
  readonly raw: Record<string, RawColumns[string][number]>;
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
    const named = this.#inputs.slice(0, 50).map(({ name }, c) => [name, columns[c]?.[row] ?? null] as const);
    return {
      relative,
      trainer: expected[row] ?? null,
      onnx: answers[row] ?? null,
      raw: Object.fromEntries(named),
    };
  }
}

function parityFailed({ trainer, onnx, raw }: Worst) {
  const difference = trainer === null || onnx === null ? null : Math.abs(trainer - onnx);
  return failure(
    'PARITY_FAILED',
    `The model answers ${onnx} where the trainer answers ${trainer}: they differ by ${difference} in row ${JSON.stringify(raw).slice(0, 2000)}.`,
    { row: raw, trainer, onnx, difference, tolerance: parityTolerance },
  );
}
