import type { Column, Metrics, ModelSignature, Objective, Task } from '../../schemas/index.js';
import type { Histogram } from '../drift/histogram.js';
import type { Link } from '../learners/link.js';
import type { CalibrationPoint } from '../metrics/calibration-curve.js';
import type { Confusion, RocPoint } from '../metrics/roc-curve.js';
import type { ComparedMetric } from '../metrics/weighted-metric.js';

/** An objective that a search may have, and what a champion and a challenger are compared by then. */
export interface TaskObjective {
  readonly name: Objective;
  /** the objective itself, or its nearest kin where no interval can be drawn for it */
  readonly comparedBy: ComparedMetric;
}

/** What a person looks at beside the metrics: how well two classes are told apart, or how far numbers are off. */
export type QualityDetail =
  | { readonly kind: 'classes'; readonly roc: readonly RocPoint[]; readonly confusion: Confusion }
  | { readonly kind: 'errors'; readonly errors: Histogram | null };

/**
 * Everything that is otherwise for another kind of label. A new task is one such object, its line in `tasks.ts`, its name
 * and metrics in `schemas/train.ts`, and a learner that takes it.
 */
export interface LearningTask {
  readonly name: Task;
  readonly label: {
    /** the type of a labelled dataset's label column; no two tasks share one */
    readonly column: Column['type'];
    /** whether it is a true outcome, as a dataset or a message carries it */
    fits(outcome: number | boolean): boolean;
    /** for a person, after "must be" */
    readonly words: string;
    /** one that may come true, where a model answered so: for documentation */
    example(answer: number): number;
  };
  readonly answer: {
    /** the name of the model's one output, float[N] */
    readonly output: ModelSignature['output']['name'];
    /** for a person, after "Answers one <output> per row: " */
    readonly words: string;
    fits(answer: number): boolean;
    /** what a difference between two answers is measured against, given the labels that were learnt from */
    spread(labels: ArrayLike<number>): number;
  };
  /** how learners of ours compute: by a score, which becomes the answer */
  readonly link: Link;
  /** the first is the default */
  readonly objectives: readonly [TaskObjective, ...TaskObjective[]];
  /** RangeError on different lengths, without a row, and on a label or an answer that does not fit */
  metrics(labels: ArrayLike<number>, answers: ArrayLike<number>): Metrics;
  /** what was answered against what came true */
  calibration(labels: ArrayLike<number>, answers: ArrayLike<number>): CalibrationPoint[];
  /**
   * What a gap between mean prediction and mean outcome is measured in: 1 for shares, the standard deviation of the label for
   * a number, whose unit nobody knows. `test`: the metrics of this task at packaging.
   */
  gapUnit(test: Metrics): number;
  detail(labels: ArrayLike<number>, answers: ArrayLike<number>, test: Metrics): QualityDetail;
}
