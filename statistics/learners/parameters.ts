import { failure, type Parameters, type ParameterValue } from '../../schemas/index.js';

/** What a parameter may be, and the values a random search draws from; the first is the default. */
export interface NumberParameter {
  readonly values: readonly [number, ...number[]];
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}
export type ParameterTable = Readonly<Record<string, NumberParameter>>;

/** The given parameters with the defaults of those that are absent; TRAINER_FAILED for an unknown or bad one. */
export function readParameters<T extends ParameterTable>(
  trainer: string,
  table: T,
  given: Parameters,
): { readonly [K in keyof T]: number } {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) throw unknownParameter(trainer, unknown, Object.keys(table));
  const read = ([name, parameter]: [string, NumberParameter]) => [
    name,
    checked(`${trainer}: parameter "${name}"`, parameter, given[name] ?? parameter.values[0]),
  ];
  return Object.fromEntries(Object.entries(table).map(read)) as { readonly [K in keyof T]: number };
}

/** The table as `Trainer.space`. */
export function searchSpace(table: ParameterTable): Record<string, readonly ParameterValue[]> {
  return Object.fromEntries(Object.entries(table).map(([name, { values }]) => [name, values]));
}

function checked(what: string, parameter: NumberParameter, value: ParameterValue): number {
  const { min, max, integer = false } = parameter;
  const fits = typeof value === 'number' && value >= min && value <= max && (!integer || Number.isInteger(value));
  if (fits) return value;
  const range = `${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`;
  throw failure('TRAINER_FAILED', `${what} must be ${range}, not ${JSON.stringify(value)}.`, { min, max });
}

function unknownParameter(trainer: string, name: string, known: string[]) {
  const choices = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`;
  return failure('TRAINER_FAILED', `${trainer} has no parameter "${name}": ${choices}.`, { trainer, parameter: name });
}
