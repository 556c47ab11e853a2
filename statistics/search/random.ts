import type { TrialSpec } from '../../schemas/index.js';
import { seededRandom } from '../random.js';
import type { Draw, Search } from './search.js';
import { combination, type Space, spacesOf } from './space.js';

export interface RandomSearch {
  readonly seed: number;
  readonly spaces: readonly Space[];
  readonly most: number;
  readonly asked: number;
  /** how many numbers were drawn from the seed: the next draw goes on from there */
  readonly drawn: number;
  /** the combinations that were taken, per space */
  readonly taken: readonly (readonly number[])[];
}

/**
 * `baseline` first, then every other trainer with its defaults, then random draws without repeats until the spaces are
 * empty. Learns nothing from results.
 */
export const randomSearch: Search<RandomSearch> = {
  start(problem) {
    const spaces = spacesOf(problem);
    const most = Math.min(
      problem.trials,
      spaces.reduce((sum, { size }) => sum + size, 0),
    );
    return { seed: problem.seed, spaces, most, asked: 0, drawn: 0, taken: spaces.map(() => []) };
  },
  ask(state, count) {
    const draws = new Draws(state);
    const trials: TrialSpec[] = [];
    const end = Math.min(state.most, state.asked + count);
    for (let index = state.asked; index < end; index++) trials.push({ index, seed: state.seed, ...draws.next(index) });
    return { state: { ...state, asked: state.asked + trials.length, ...draws.taken() }, trials };
  },
  tell: (state) => state,
  most: ({ most }) => most,
};

/** The draws from where the state left off. */
class Draws {
  readonly #spaces: readonly Space[];
  readonly #sets: readonly Set<number>[];
  readonly #random: () => number;
  #drawn = 0;

  constructor({ seed, spaces, taken, drawn }: RandomSearch) {
    this.#spaces = spaces;
    this.#sets = taken.map((numbers) => new Set(numbers));
    this.#random = seededRandom(seed);
    while (this.#drawn < drawn) this.#draw();
  }

  next(index: number): Draw {
    if (index < this.#spaces.length) return this.#take(index, 0);
    const open = this.#spaces.flatMap(({ size }, space) => (size > this.#sets[space]!.size ? [space] : []));
    const space = open[Math.floor(this.#draw() * open.length)]!;
    return this.#take(space, Math.floor(this.#draw() * this.#spaces[space]!.size));
  }

  taken(): Pick<RandomSearch, 'drawn' | 'taken'> {
    return { drawn: this.#drawn, taken: this.#sets.map((numbers) => [...numbers]) };
  }

  #draw(): number {
    this.#drawn++;
    return this.#random();
  }

  /** The combination of that number, or the next one not taken. */
  #take(index: number, wanted: number): Draw {
    const space = this.#spaces[index]!;
    const taken = this.#sets[index]!;
    let number = wanted;
    while (taken.has(number)) number = (number + 1) % space.size;
    taken.add(number);
    return { trainer: space.trainer, parameters: combination(space, number) };
  }
}
