import { failure } from '../../schemas/index.js';
import { meanOf } from '../moments.js';
import { tasks } from '../tasks/tasks.js';
import type { Learner, LearningJob, Matrix } from './learner.js';
import { LinearProblem } from './linear-problem.js';
import { minimize } from './newton.js';
import { readParameters, searchSpace } from './parameters.js';

const table = {
  /** penalty ½ · l2 · Σ weight², on standardised features; the bias is free */
  l2: { values: [1, 0.1, 10, 100], min: 0, max: 1e9 },
  maxIterations: { values: [100], min: 1, max: 10_000, integer: true },
} as const;

/**
 * Logistic regression for a binary label, ridge regression for a number, on standardised features; missing values
 * count as the mean. Both are convex, and Newton's method ends at the optimum whatever the seed.
 */
export const linear: Learner = {
  name: 'linear',
  tasks: ['binary', 'regression'],
  space: searchSpace(table),
  train(job) {
    const { l2, maxIterations } = readParameters('linear', table, job.parameters);
    const scaling = standardise(job.train);
    const problem = new LinearProblem(job, scaling, l2);
    const weights = minimize(problem, startAt(job), { maxIterations, onProgress: job.onProgress });
    return { kind: 'linear', ...checked(splitBias(weights)), fill: scaling.mean, ...scaling };
  },
};

/** Float32 values, so that ONNX Runtime computes with the same numbers. A constant feature has scale 1. */
function standardise({ columns }: Matrix): { mean: number[]; scale: number[] } {
  const moments = columns.map(momentsOf);
  return { mean: moments.map(({ mean }) => mean), scale: moments.map(({ scale }) => scale) };
}

function momentsOf(column: Float32Array): { mean: number; scale: number } {
  const present = column.filter((x) => !Number.isNaN(x));
  if (present.length === 0) return { mean: 0, scale: 1 };
  const mean = Math.fround(meanOf(present));
  const variance = present.reduce((sum, x) => sum + (x - mean) ** 2, 0) / present.length;
  const scale = Math.fround(Math.sqrt(variance));
  return { mean, scale: scale > 1e-6 * Math.abs(mean) ? scale : 1 };
}

function startAt({ task, train }: LearningJob): Float64Array {
  const start = new Float64Array(train.columns.length + 1);
  start[train.columns.length] = tasks[task].link.start(train.labels);
  return start;
}

function splitBias(solution: Float64Array): { weights: number[]; bias: number } {
  const [...weights] = solution.subarray(0, -1).map((x) => Math.fround(x) + 0);
  return { weights, bias: solution.at(-1) ?? 0 };
}

function checked<T extends { weights: number[]; bias: number }>(model: T): T {
  if ([...model.weights, model.bias].every(Number.isFinite)) return model;
  throw failure('TRAINER_FAILED', 'linear: the features hold values too large to learn from. Clean or drop them.', {
    trainer: 'linear',
  });
}
