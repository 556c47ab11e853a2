import { z } from 'zod';
import { type Column, type Feature, Parameters, type ParameterValue, type Task } from '../../schemas/index.js';
import type { FeatureRows, Matrix } from '../../statistics/learners/learner.js';
import type { Adapter, Place } from '../adapter.js';

export interface TrainingJob<O = unknown> {
  readonly task: Task;
  /** the raw columns that a request carries, in order: each is an input of the model, by its name */
  readonly inputs: readonly Column[];
  /** names of those that had a value in every training row; at a request it may be missing all the same */
  readonly complete: readonly string[];
  /** how each column of the matrices is made from a raw one; the model does the same inside */
  readonly features: readonly Feature[];
  readonly train: Matrix;
  /** for early stopping only; never for choosing */
  readonly validation: Matrix;
  /** rows that the trainer answers itself, block by block: what its model answers is compared with that */
  readonly questions: readonly FeatureRows[];
  readonly parameters: O;
  readonly seed: number;
}

export interface Trained {
  /** path of the ONNX file, below `Place.directory` */
  readonly model: string;
  /** for each block of questions its own answers, one a row: a probability for a binary task, else the number itself */
  readonly answers: readonly ArrayLike<number>[];
  /** what else is worth knowing of this training, for the run document */
  readonly notes: Parameters;
}

/** Parsed by the stage: a team's own trainer may be plain JavaScript. */
export const Trained: z.ZodType<Trained> = z.object({
  model: z.string(),
  answers: z.array(z.custom<ArrayLike<number>>((block) => Array.isArray(block) || ArrayBuffer.isView(block))),
  notes: Parameters,
});

/**
 * Learns from a matrix and gives a model. Promises every adapter keeps:
 * - Deterministic: equal job, equal bytes of the model, on every machine.
 * - The model holds its preprocessing. It takes every raw column under its name, as [N] or [N, 1]: text as strings, all else as
 *   floating point, int64 or bool; missing is NaN, the empty string, the smallest int64 or false, and is answered, not
 *   refused. It answers one probability or number a row, or both classes' probabilities. `admission.ts` says which operators it may use.
 * - Writes only below `Place.directory`, and needs no network. It runs in a child process with a deadline.
 * - Bad parameters are a `TRAINER_FAILED` failure that names the parameter; so is whatever else it throws.
 * Metrics and parity are no trainer's business: the stage takes them from the model, for all trainers alike.
 */
export interface Trainer<O = unknown> extends Adapter<O> {
  readonly tasks: readonly Task[];
  /** the values that a search draws from, per parameter; the first is the default */
  readonly space: Readonly<Record<string, readonly ParameterValue[]>>;
  train(job: TrainingJob<O>, at: Place): Promise<Trained>;
}
