import type { Metrics } from '../../schemas/index.js';
import { histogram } from '../drift/histogram.js';
import { identity } from '../learners/link.js';
import { predictionCurve } from '../metrics/calibration-curve.js';
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
  calibration: predictionCurve,
  gapUnit: labelDeviation,
  detail: (labels, answers) => ({
    kind: 'errors',
    errors: histogram(Array.from(answers, (answer, i) => answer - labels[i]!)),
  }),
};

/** R² = 1 − RMSE² / variance of the label, so RMSE / √(1 − R²): RMSE 3 with R² 0.64 is 5. */
function labelDeviation(test: Metrics): number {
  if (!('rmse' in test) || test.rmse === 0) return 1;
  return test.r2 === null || test.r2 >= 1 ? test.rmse : test.rmse / Math.sqrt(1 - test.r2);
}
