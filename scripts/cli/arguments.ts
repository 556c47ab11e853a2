import { userInfo } from 'node:os';
import { failure } from '../../schemas/index.js';
import type { VerbCall } from './verb.js';

/** The verb's one argument, or an error that shows how it is used. */
export function argument({ positionals }: VerbCall, usage: string): string {
  const [given, ...more] = positionals;
  if (given === undefined || more.length > 0) throw failure('InvalidInput', `Usage: temporal-mlops ${usage}`);
  return given;
}

export const text = ({ values }: VerbCall, name: string): string | undefined => values[name] as string | undefined;

/** A version is a whole number from 1. */
export function version(call: VerbCall, name: string): number | undefined {
  const given = text(call, name);
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw failure('InvalidInput', `--${name} must be a version like 2. Given: "${given}".`);
}

/** Who acts, where nobody is named: the user of this machine. */
export function actor(call: VerbCall): string {
  return text(call, 'by') ?? userInfo().username;
}
