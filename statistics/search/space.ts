import { canonicalJson, type Parameters, type ParameterValue } from '../../schemas/index.js';
import type { SearchProblem } from './search.js';

/** All combinations of a trainer's values, numbered from 0, the defaults. */
export interface Space {
  readonly trainer: string;
  readonly values: readonly (readonly [name: string, values: readonly ParameterValue[]])[];
  readonly size: number;
}

/** The spaces of a problem, the baseline's first; what a person chose takes the place of the trainer's own values. */
export function spacesOf({ spaces, parameters }: SearchProblem): Space[] {
  const named = [...new Map(spaces.map((space) => [space.trainer, space])).values()];
  const ordered = named.sort((a, b) => Number(b.trainer === 'baseline') - Number(a.trainer === 'baseline'));
  return ordered.map(({ trainer, space }) => spaceOf(trainer, space, parameters[trainer] ?? {}));
}

/** The parameters of the combination of that number. */
export function combination({ values }: Space, index: number): Parameters {
  const parameters: Parameters = {};
  let rest = index;
  for (const [name, list] of values) {
    parameters[name] = list[rest % list.length]!;
    rest = Math.floor(rest / list.length);
  }
  return parameters;
}

function spaceOf(
  trainer: string,
  own: Readonly<Record<string, readonly ParameterValue[]>>,
  chosen: Readonly<Record<string, ParameterValue | ParameterValue[]>>,
): Space {
  const all: Record<string, readonly ParameterValue[]> = { ...own };
  for (const [name, value] of Object.entries(chosen)) all[name] = Array.isArray(value) ? distinct(value) : [value];
  const values = Object.entries(all).filter(([, list]) => list.length > 0);
  return { trainer, values, size: values.reduce((product, [, list]) => product * list.length, 1) };
}

function distinct(values: ParameterValue[]): ParameterValue[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}
