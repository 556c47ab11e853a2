import { failure, type MatrixMeta } from '../../schemas/index.js';
import type { FeatureRows } from '../../statistics/learners/learner.js';
import { encodeRows, type RawColumns } from '../onnx/raw-columns.js';
import type { Trained } from '../trainers/trainer.js';
import { copiedRows } from './copied-rows.js';
import type { Matrices } from './matrix-file.js';
import { firstRawBlock } from './raw-blocks.js';

/** Rows that a trainer does not learn from, as it sees them and as requests bring them. */
export interface HeldOut {
  readonly meta: MatrixMeta;
  readonly matrices: Matrices;
  /** the raw rows of validation and test; see `readRawBlocks` */
  readonly rowsFile: string;
  /** raw, by column: see `copiedRows` */
  readonly copies: RawColumns;
  /** what the trainer is asked to answer itself: validation, test, copies */
  readonly questions: readonly FeatureRows[];
}

/** A trainer's own answers to the questions. */
export interface OwnAnswers {
  readonly validation: Float64Array;
  readonly test: Float64Array;
  readonly copies: Float64Array;
}

export async function readHeldOut(meta: MatrixMeta, matrices: Matrices, rowsFile: string): Promise<HeldOut> {
  const first = (await firstRawBlock(rowsFile))?.columns ?? [];
  const rows = Object.fromEntries(meta.signature.map(({ name }, c) => [name, first[c] ?? []]));
  const copies = copiedRows(meta.signature, rows);
  const columns = encodeRows(meta.features, copies);
  const questions = [matrices.validation, matrices.test, { rows: columns[0]?.length ?? 0, columns }];
  return { meta, matrices, rowsFile, copies, questions: questions.map(withoutLabels) };
}

/** Labels are no trainer's to see here. */
function withoutLabels({ rows, columns }: FeatureRows): FeatureRows {
  return { rows, columns };
}

/** TRAINER_FAILED when there are not as many answers as questions. */
export function ownAnswers({ answers }: Trained, { questions }: HeldOut): OwnAnswers {
  const [validation, test, copies] = questions.map(({ rows }, block) => {
    const given = answers[block] ?? [];
    if (given.length === rows) return Float64Array.from(given);
    const what = `The trainer gave ${given.length} answers of its own to ${rows} questions.`;
    throw failure('TRAINER_FAILED', what, { block });
  }) as [Float64Array, Float64Array, Float64Array];
  return { validation, test, copies };
}
