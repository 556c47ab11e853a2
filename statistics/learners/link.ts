import { logistic, logisticLoss, logOddsOf, meanOf } from './logistic.js';

/** How a learner's score, any real number, becomes an answer, and what a wrong one costs. */
export interface Link {
  /** the ONNX operator that computes `answer`; null when score and answer are the same */
  readonly operator: 'Sigmoid' | null;
  answer(score: number): number;
  /** a convex loss whose derivative by the score is answer − label */
  loss(score: number, label: number): number;
  /** the second derivative of the loss by the score, at this answer; null when it is 1 everywhere */
  readonly curvature: ((answer: number) => number) | null;
  /** the score that fits best where every row gets the same; float32 */
  start(labels: ArrayLike<number>): number;
}

/** The score is the log-odds of a probability; the loss is −ln of the probability of what happened. */
export const logOdds: Link = {
  operator: 'Sigmoid',
  answer: logistic,
  loss: logisticLoss,
  curvature: (p) => p * (1 - p),
  start: logOddsOf,
};

/** The score is the answer; the loss is half the squared error. */
export const identity: Link = {
  operator: null,
  answer: (score) => score,
  loss: (score, label) => 0.5 * (score - label) ** 2,
  curvature: null,
  start: meanOf,
};
