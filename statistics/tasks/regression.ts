import { identity } from '../learners/link.js';
import { regressionMetrics } from '../metrics/regression.js';
import { standardDeviation } from '../moments.js';
import type { LearningTask } from './task.js';

/** A number, answered by its expected value. */
export const regression: LearningTask = {
  name: 'regression',
  label: {
    column: 'number',
    fits: Number.isFinite,
    words: 'a number',
    example: (answer) => Number(answer.toPrecision(4)),
  },
  answer: {
    output: 'prediction',
    words: 'the expected value of the label',
    fits: Number.isFinite,
    spread: standardDeviation,
  },
  link: identity,
  objectives: [
    { name: 'rmse', comparedBy: 'rmse' },
    { name: 'mae', comparedBy: 'rmse' },
  ],
  metrics: regressionMetrics,
  calibration: () => [],
};
