import { failure, type MatrixMeta, type Metrics, type ModelSignature } from '../../schemas/index.js';
import { meanOf } from '../../statistics/moments.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import { OnnxModel } from '../onnx/onnx-model.js';
import { scoreColumns } from '../onnx/scoring.js';
import type { HeldOut, OwnAnswers } from './held-out.js';
import { type Parity, ParityCheck } from './parity.js';
import { readRawBlocks } from './raw-blocks.js';

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
  const spread = tasks[meta.task].answer.spread(matrices.train.labels);
  const check = new ParityCheck(meta.signature, { spread, middle: meanOf(own.test) });
  const opened = await OnnxModel.open(model, interfaceOf(meta), () => Number.NaN);
  const answers = await heldOutAnswers(opened, heldOut, { own, check });
  await compareCopies(opened, heldOut, { own, check });
  await opened.release();
  const parity = check.result();
  const { validation, test } = matrices;
  const metrics = {
    validation: metricsOf(meta, validation.labels, answers.validation),
    test: metricsOf(meta, test.labels, answers.test),
  };
  return { metrics, parity, spread };
}

/** How a model of this plan is asked, and under which name it answers. */
export function interfaceOf({
  signature,
  task,
}: Pick<MatrixMeta, 'signature' | 'task'>): Pick<ModelSignature, 'inputs' | 'output'> {
  return { inputs: signature, output: { name: tasks[task].answer.output, type: 'number' } };
}

interface Comparing {
  readonly own: OwnAnswers;
  readonly check: ParityCheck;
}

/** The model's answers to all held-out rows, in the order of the matrix; compared on the way, block by block. */
async function heldOutAnswers(model: OnnxModel, { meta: { rows }, rowsFile }: HeldOut, { own, check }: Comparing) {
  const answers = { validation: new Float64Array(rows.validation), test: new Float64Array(rows.test) };
  const at = { validation: 0, test: 0 };
  for await (const { split, columns } of readRawBlocks(rowsFile)) {
    const found = await scoreColumns(model, columns);
    check.compare({ expected: own[split].subarray(at[split], at[split] + found.length), answers: found, columns });
    answers[split].set(found, at[split]);
    at[split] += found.length;
  }
  if (at.validation === rows.validation && at.test === rows.test) return answers;
  throw new Error(`read ${at.validation} and ${at.test} raw rows of ${rows.validation} and ${rows.test}`);
}

async function compareCopies(model: OnnxModel, { meta, copies }: HeldOut, { own, check }: Comparing): Promise<void> {
  const columns = meta.signature.map(({ name }) => copies[name] ?? []);
  check.compare({ expected: own.copies, answers: await scoreColumns(model, columns), columns });
}

function metricsOf({ task }: MatrixMeta, labels: Float64Array, answers: Float64Array): Metrics {
  const { answer, metrics } = tasks[task];
  const odd = answers.find((value) => !answer.fits(value));
  if (odd === undefined) return metrics(labels, answers);
  throw failure('MODEL_REFUSED', `The model answers ${odd}: for a ${task} label it says ${answer.words}.`, {
    answer: odd,
  });
}
