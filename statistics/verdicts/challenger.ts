import { type Objective, objectiveDirection } from '../../schemas/index.js';

export interface MeasuredPair {
  readonly champion: number;
  readonly challenger: number;
  /** challenger − champion, and the ends of its 95 % interval */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

export interface Improvement {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly challengerWins: boolean;
}

/** Equal bytes are one model, whatever versions they are packaged as: there is nothing to compare and nothing to win. */
export const isSameModel = (champion: { modelDigest: string } | null, challenger: { modelDigest: string }): boolean =>
  champion !== null && champion.modelDigest === challenger.modelDigest;

/**
 * Turns a difference so that positive is better whatever the metric: a log loss of 0.44 after 0.45 improves by +0.01.
 * The challenger wins when it improves by at least `minImprovement`; 0 asks only that it is not worse, a negative number
 * lets it be a little worse.
 */
export function improvement(objective: Objective, pair: MeasuredPair, minImprovement: number): Improvement {
  const isBetterWhenLess = objectiveDirection[objective] === 'minimize';
  const { difference, low, high } = isBetterWhenLess
    ? { difference: -pair.difference, low: -pair.high, high: -pair.low }
    : pair;
  // −0 is a surprise in JSON and in a test
  const plain = (value: number) => value + 0;
  return {
    difference: plain(difference),
    low: plain(low),
    high: plain(high),
    challengerWins: difference >= minImprovement,
  };
}
