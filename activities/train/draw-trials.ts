import {
  canonicalJson,
  type Parameters,
  type ParameterValue,
  type Search,
  type Task,
  type TrialSpec,
} from '../../schemas/index.js';
import { seededRandom } from '../../statistics/random.js';
import { findTrainer, type RegisteredTrainer } from '../trainers/trainer-registry.js';

/**
 * The trials of a search, at most `search.trials`: `baseline` first, then every other trainer with its defaults, then
 * random draws without repeats until the spaces are empty. Equal input, equal trials.
 */
export function drawTrials(
  search: Search,
  seed: number,
  task: Task,
  trainers: readonly RegisteredTrainer[],
): TrialSpec[] {
  const names = [...new Set(search.trainers)].sort((a, b) => Number(b === 'baseline') - Number(a === 'baseline'));
  const spaces = names
    .map((name) => findTrainer(trainers, name))
    .filter((trainer) => trainer.tasks.includes(task))
    .map((trainer) => new Space(trainer, search.parameters[trainer.name] ?? {}));
  const first = spaces.map((space) => space.take(0));
  const drawn = drawRandomly(spaces, search.trials - first.length, seededRandom(seed));
  return [...first, ...drawn].slice(0, search.trials).map((trial, index) => ({ index, seed, ...trial }));
}

function drawRandomly(spaces: Space[], count: number, random: () => number): Draw[] {
  const draws: Draw[] = [];
  while (draws.length < count) {
    const open = spaces.filter((space) => space.left > 0);
    const space = open[Math.floor(random() * open.length)];
    if (space === undefined) return draws;
    draws.push(space.take(Math.floor(random() * space.size)));
  }
  return draws;
}

interface Draw {
  readonly trainer: string;
  readonly parameters: Parameters;
}

/** All combinations of a trainer's values, numbered from 0, the defaults; each is taken once. */
class Space {
  readonly size: number;
  private readonly trainer: string;
  private readonly values: [name: string, values: readonly ParameterValue[]][];
  private readonly taken = new Set<number>();

  constructor(trainer: RegisteredTrainer, chosen: Record<string, ParameterValue | ParameterValue[]>) {
    const values: Record<string, readonly ParameterValue[]> = { ...trainer.space };
    for (const [name, value] of Object.entries(chosen)) values[name] = Array.isArray(value) ? distinct(value) : [value];
    this.trainer = trainer.name;
    this.values = Object.entries(values).filter(([, list]) => list.length > 0);
    this.size = this.values.reduce((product, [, list]) => product * list.length, 1);
  }

  get left(): number {
    return this.size - this.taken.size;
  }

  /** The combination of that number, or the next one not taken. */
  take(wanted: number): Draw {
    let index = wanted;
    while (this.taken.has(index)) index = (index + 1) % this.size;
    this.taken.add(index);
    return { trainer: this.trainer, parameters: this.combination(index) };
  }

  private combination(index: number): Parameters {
    const parameters: Parameters = {};
    let rest = index;
    for (const [name, list] of this.values) {
      parameters[name] = list[rest % list.length]!;
      rest = Math.floor(rest / list.length);
    }
    return parameters;
  }
}

function distinct(values: ParameterValue[]): ParameterValue[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}
