import { tasks } from '../tasks/tasks.js';
import type { LearningJob } from './learner.js';
import type { Link } from './link.js';
import type { Convex } from './newton.js';

/**
 * Σ loss(score, label) + ½ · l2 · Σ weight², with score = bias + Σ weight · (x − mean) / scale and 0 for a missing x;
 * the loss is that of the task's link. The last coordinate is the bias, without penalty.
 */
export class LinearProblem implements Convex {
  readonly #columns: readonly Float32Array[];
  readonly #labels: Float64Array;
  readonly #link: Link;
  readonly #scaling: { mean: number[]; scale: number[] };
  readonly #l2: number;

  constructor({ train, task }: LearningJob, scaling: { mean: number[]; scale: number[] }, l2: number) {
    this.#columns = train.columns;
    this.#labels = train.labels;
    this.#link = tasks[task].link;
    this.#scaling = scaling;
    this.#l2 = l2;
  }

  value(at: Float64Array): number {
    const { loss } = this.#link;
    const penalty = at.subarray(0, -1).reduce((sum, weight) => sum + weight * weight, 0);
    return this.#scores(at).reduce(
      (sum, score, row) => sum + loss(score, this.#labels[row]!),
      0.5 * this.#l2 * penalty,
    );
  }

  derivatives(at: Float64Array) {
    const link = this.#link;
    const predicted = this.#scores(at).map(link.answer);
    const gradient = this.#transposed(predicted.map((p, row) => p - this.#labels[row]!));
    const curvature = link.curvature === null ? null : predicted.map(link.curvature);
    const timesHessian = (direction: Float64Array) => {
      const scores = this.#scores(direction);
      return this.#penalised(
        this.#transposed(curvature === null ? scores : scores.map((s, row) => s * curvature[row]!)),
        direction,
      );
    };
    return { gradient: this.#penalised(gradient, at), timesHessian };
  }

  /** The derivative of the penalty, added in place. */
  #penalised(sums: Float64Array, at: Float64Array): Float64Array {
    for (let f = 0; f < this.#columns.length; f++) sums[f]! += this.#l2 * at[f]!;
    return sums;
  }

  /** One score per row. */
  #scores(at: Float64Array): Float64Array {
    const scores = new Float64Array(this.#labels.length).fill(at[this.#columns.length]!);
    this.#columns.forEach((column, f) => {
      const mean = this.#scaling.mean[f]!;
      const slope = at[f]! / this.#scaling.scale[f]!;
      for (let row = 0; row < column.length; row++) {
        const x = column[row]!;
        if (!Number.isNaN(x)) scores[row]! += slope * (x - mean);
      }
    });
    return scores;
  }

  /** One sum per coordinate: Σ rows of value · standardised feature; for the bias, of value. */
  #transposed(values: Float64Array): Float64Array {
    const sums = new Float64Array(this.#columns.length + 1);
    this.#columns.forEach((column, f) => {
      const mean = this.#scaling.mean[f]!;
      let sum = 0;
      for (let row = 0; row < column.length; row++) {
        const x = column[row]!;
        if (!Number.isNaN(x)) sum += values[row]! * (x - mean);
      }
      sums[f] = sum / this.#scaling.scale[f]!;
    });
    sums[this.#columns.length] = values.reduce((sum, value) => sum + value, 0);
    return sums;
  }
}
