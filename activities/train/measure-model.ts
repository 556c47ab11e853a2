import { failure, type MatrixMeta, type Metrics, type ModelSignature } from '../../schemas/index.js';
import { meanOf } from '../../statistics/moments.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import { OnnxModel } from '../onnx/onnx-model.js';
import type { RawColumns } from '../onnx/raw-columns.js';
import { scoreColumns } from '../onnx/scoring.js';
import type { Matrices } from './matrix-file.js';
import { type Parity, ParityCheck } from './parity.js';
import { readRawBlocks } from './raw-blocks.js';

export interface HeldOut {
  readonly meta: MatrixMeta;
  readonly matrices: Matrices;
  /** the raw rows of validation and test; see `readRawBlocks` */
  readonly rowsFile: string;
  /** see `copiedRows` */
  readonly copies: RawColumns;
}

/** The trainer's own answers to the same rows. */
export interface OwnAnswers {
  readonly validation: Float64Array;
  readonly test: Float64Array;
  readonly copies: Float64Array;
}

export interface MeasuredModel {
  readonly metrics: { readonly validation: Metrics; readonly test: Metrics };
  readonly parity: Parity;
  /** of the training labels: what a difference between two answers is measured against */
  readonly spread: number;
}

/**
 * What a model is worth, taken from its ONNX file by the engine that will serve it, on raw rows as requests bring them.
 * Errors: MODEL_REFUSED when it is not admitted, does not fit, or answers what the task cannot have · PARITY_FAILED.
 */
export async function measureModel(model: Uint8Array, heldOut: HeldOut, own: OwnAnswers): Promise<MeasuredModel> {
  const { meta, matrices } = heldOut;
  const task = tasks[meta.task];
  const opened = await OnnxModel.open(model, interfaceOf(meta), () => Number.NaN);
  const spread = task.answer.spread(matrices.train.labels);
  const answers = { validation: new Float64Array(meta.rows.validation), test: new Float64Array(meta.rows.test) };
  const parity = new ParityCheck(meta.signature, { spread, middle: meanOf(own.test) });
  const at = { validation: 0, test: 0 };
  for await (const { split, columns } of readRawBlocks(heldOut.rowsFile)) {
    const found = await scoreColumns(opened, columns);
    const expected = own[split].subarray(at[split], at[split] + found.length);
    parity.compare({ expected, answers: found, columns });
    answers[split].set(found, at[split]);
    at[split] += found.length;
  }
  requireAll(at, meta);
  const columns = meta.signature.map(({ name }) => heldOut.copies[name] ?? []);
  parity.compare({ expected: own.copies, answers: await scoreColumns(opened, columns), columns });
  await opened.release();
  const result = parity.result();
  refuseMisfits(answers.validation, meta);
  refuseMisfits(answers.test, meta);
  const { validation, test } = matrices;
  const metrics = {
    validation: task.metrics(validation.labels, answers.validation),
    test: task.metrics(test.labels, answers.test),
  };
  return { metrics, parity: result, spread };
}

/** How a model of this plan is asked, and under which name it answers. */
export function interfaceOf({
  signature,
  task,
}: Pick<MatrixMeta, 'signature' | 'task'>): Pick<ModelSignature, 'inputs' | 'output'> {
  return { inputs: signature, output: { name: tasks[task].answer.output, type: 'number' } };
}

function requireAll(read: Record<'validation' | 'test', number>, { rows }: MatrixMeta): void {
  if (read.validation === rows.validation && read.test === rows.test) return;
  throw new Error(`read ${read.validation} and ${read.test} raw rows of ${rows.validation} and ${rows.test}`);
}

function refuseMisfits(answers: Float64Array, { task }: MatrixMeta): void {
  const { fits, words } = tasks[task].answer;
  const odd = answers.find((answer) => !fits(answer));
  if (odd === undefined) return;
  throw failure('MODEL_REFUSED', `The model answers ${odd}: of a ${task} label it must be ${words}.`, { answer: odd });
}
