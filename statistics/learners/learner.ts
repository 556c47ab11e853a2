import type { Parameters, ParameterValue, Task } from '../../schemas/index.js';

/** Rows as learners see them: `columns[feature][row]`, NaN is missing. */
export interface FeatureRows {
  readonly rows: number;
  readonly columns: readonly Float32Array[];
}

/** Rows with their labels, 0 or 1 for a binary task. */
export interface Matrix extends FeatureRows {
  readonly labels: Float64Array;
}

export interface LearningJob {
  readonly task: Task;
  readonly features: readonly string[];
  readonly train: Matrix;
  /** for early stopping only; never for choosing */
  readonly validation: Matrix;
  readonly parameters: Parameters;
  readonly seed: number;
  /** called now and then with a share in [0, 1] */
  readonly onProgress: (share: number) => void;
}

/**
 * What a learner has fitted: only it and the writer of its ONNX (`activities/onnx/model-graph.ts`) know. Every number is a float32
 * but `value`, `bias` and `base`, which are added last.
 */
export type FittedModel =
  | { readonly kind: 'constant'; readonly value: number }
  | {
      readonly kind: 'linear';
      readonly weights: number[];
      readonly bias: number;
      readonly fill: number[];
      readonly mean: number[];
      readonly scale: number[];
    }
  | { readonly kind: 'trees'; readonly base: number; readonly trees: readonly Tree[] };

/** Nodes by index, root first. A leaf has feature -1 and its value; otherwise rows with x <= threshold go left. */
export interface Tree {
  readonly feature: number[];
  readonly threshold: number[];
  readonly left: number[];
  readonly right: number[];
  readonly missingLeft: boolean[];
  readonly value: number[];
}

/**
 * Learns from a matrix, in arithmetic alone. Promises every learner keeps:
 * - Deterministic: equal job, equal model, bit for bit, on every machine.
 * - Missing values (NaN) are handled, not refused.
 * - Bad parameters are a `TRAINER_FAILED` failure that names the parameter and its range.
 * - `FittedModel` gives a score; the link of the task makes an answer of it.
 */
export interface Learner {
  readonly name: string;
  readonly tasks: readonly Task[];
  /** the values a random search draws from, per parameter; the first is the default */
  readonly space: Readonly<Record<string, readonly ParameterValue[]>>;
  train(job: LearningJob): FittedModel;
}
