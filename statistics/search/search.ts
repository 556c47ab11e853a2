import type { Parameters, ParameterValue, TrialResult, TrialSpec } from '../../schemas/index.js';

/** A trainer that learns the task, and the values a search draws from, per parameter; the first is the default. */
export interface TrainerSpace {
  readonly trainer: string;
  readonly space: Readonly<Record<string, readonly ParameterValue[]>>;
}

/** What a search is to find its trials in. */
export interface SearchProblem {
  readonly seed: number;
  /** at most this many trials */
  readonly trials: number;
  /** the trainers in the order in which they are named */
  readonly spaces: readonly TrainerSpace[];
  /** a fixed value, or a list to draw from, in place of the trainer's own; per trainer and parameter */
  readonly parameters: Readonly<Record<string, Readonly<Record<string, ParameterValue | ParameterValue[]>>>>;
}

export interface Draw {
  readonly trainer: string;
  readonly parameters: Parameters;
}

export interface Asked<S> {
  readonly state: S;
  /** fewer than asked for, or none, when the search has come to its end */
  readonly trials: TrialSpec[];
}

/**
 * A way to search: what to try next is asked for, what came of it is told. Promises every search keeps:
 * - Pure and replayable: the state is one JSON value, and equal calls give equal trials.
 * - The baseline comes first, then the defaults of every other trainer; no trial comes twice.
 * - It ends by itself; asking again afterwards gives none.
 */
export interface Search<S> {
  start(problem: SearchProblem): S;
  ask(state: S, count: number): Asked<S>;
  tell(state: S, result: TrialResult): S;
  /** how many trials there will be at most, those already asked for included */
  most(state: S): number;
}
