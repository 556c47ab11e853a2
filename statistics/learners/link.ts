import { meanOf } from '../moments.js';
import { logistic, logisticLoss, logOddsOf } from './logistic.js';

/** How a learner's score, any real number, becomes an answer, and what a wrong one costs. */
export interface Link {
  /** the ONNX operator that computes `answer`; null when score and answer are the same */
  readonly operator: 'Sigmoid' | null;
  /** of the answer in ONNX: a probability has no digits to lose, a number may be far from zero */
  readonly precision: 'float' | 'double';
  answer(score: number): number;
  /** a convex loss whose derivative by the score is answer − label */
  loss(score: number, label: number): number;
  /** the second derivative of the loss by the score, at this answer; null when it is 1 everywhere */
  readonly curvature: ((answer: number) => number) | null;
  /** the score that fits best where every row gets the same */
  start(labels: ArrayLike<number>): number;
}

/** The score is the log-odds of a probability; the loss is −ln of the probability of what happened. */
export const logOdds: Link = {
  operator: 'Sigmoid',
  precision: 'float',
  answer: logistic,
  loss: logisticLoss,
  curvature: (p) => p * (1 - p),
  start: logOddsOf,
};

/** The score is the answer; the loss is half the squared error. */
export const identity: Link = {
  operator: null,
  precision: 'double',
  answer: (score) => score,
  loss: (score, label) => 0.5 * (score - label) ** 2,
  curvature: null,
  start: meanOf,
};
