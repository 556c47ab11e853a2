import { logOdds } from '../learners/link.js';
import { binaryMetrics } from '../metrics/binary.js';
import { calibrationCurve } from '../metrics/calibration-curve.js';
import { isProbability } from '../metrics/scored-rows.js';
import type { LearningTask } from './task.js';

/** Yes or no: a label of 0 or 1, answered by the probability of 1. */
export const binary: LearningTask = {
  name: 'binary',
  label: {
    column: 'integer',
    fits: (outcome) => Number(outcome) === 0 || Number(outcome) === 1,
    words: '0, 1, true or false',
    example: () => 1,
  },
  answer: { output: 'probability', words: 'how likely the label is 1', fits: isProbability, spread: () => 1 },
  link: logOdds,
  objectives: [
    { name: 'logLoss', comparedBy: 'logLoss' },
    { name: 'rocAuc', comparedBy: 'rocAuc' },
    { name: 'prAuc', comparedBy: 'rocAuc' },
    { name: 'brier', comparedBy: 'brier' },
  ],
  metrics: binaryMetrics,
  calibration: calibrationCurve,
};
