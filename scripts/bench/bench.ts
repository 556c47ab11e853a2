import type { Spread } from './rounds.js';

/** One comparison; one file a bench, one line in `scripts/verbs/bench.ts`. `log` tells how far it is. */
export type Bench = (log: (line: string) => void, given: BenchGiven) => Promise<Measured>;

export interface BenchGiven {
  /** how many to generate, where a bench generates rows; fewer than it says for a quick look */
  readonly rows?: number;
}

/** Units are in the names of the figures. A ratio above 1 means ours is better. */
export interface Measured {
  readonly figures: Readonly<Record<string, number | Spread>>;
  readonly ratios: Readonly<Record<string, number>>;
}
