import { logOdds } from '../learners/link.js';
import { binaryMetrics } from '../metrics/binary.js';
import { calibrationCurve } from '../metrics/calibration-curve.js';
import { confusionAt, rocCurve } from '../metrics/roc-curve.js';
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
  gapUnit: () => 1,
  // Nobody said from where on a caller acts: as often as it happened at packaging is a threshold that any base rate has.
  detail: (labels, answers, test) => ({
    kind: 'classes',
    roc: rocCurve(labels, answers),
    confusion: confusionAt(labels, answers, 'meanObserved' in test ? test.meanObserved : 0.5),
  }),
};
