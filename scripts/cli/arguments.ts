import { userInfo } from 'node:os';
import { Misunderstood, type VerbCall, type VerbOption } from './verb.js';

/** The verb's one argument, or an error that shows how it is used. */
export function argument({ positionals }: VerbCall, usage: string): string {
  const [given, ...more] = positionals;
  if (given === undefined || more.length > 0) throw misused(usage);
  return given;
}

export const misused = (usage: string): Misunderstood => new Misunderstood(`Usage: temporal-mlops ${usage}`);

export const text = ({ values }: VerbCall, name: string): string | undefined => values[name] as string | undefined;

/** A version is a whole number from 1. */
export function version(call: VerbCall, name: string): number | undefined {
  const given = text(call, name);
  return given === undefined ? undefined : wholeNumber(given, `--${name} must be a version like 2`);
}

/** From 1, and small enough to be meant. */
export function wholeNumber(given: string, demand: string): number {
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new Misunderstood(`${demand}. Given: "${given}".`);
}

/** `model@2`, or `model` for its newest version. */
export function modelAndVersion(given: string): { model: string; version: number | undefined } {
  const [model = '', version, ...more] = given.split('@');
  if (more.length > 0 || model === '')
    throw new Misunderstood(`A version of a model is like flight-delay@2. Given: "${given}".`);
  const demand = 'A version of a model is like flight-delay@2';
  return { model, version: version === undefined ? undefined : wholeNumber(version, demand) };
}

export const byOption: VerbOption = {
  type: 'string',
  value: '<name>',
  words: 'who acts; else MLOPS_ACTOR, else your login name where it is a person’s',
};

/** Logins that many people share, or none: what they do is nobody's. */
const nobody = new Set(['root', 'node', 'runner', 'ubuntu', 'admin', 'administrator', 'nobody']);

/** Who acts: who is named, else MLOPS_ACTOR, else the user of this machine where that is one person's login. */
export function actor(call: VerbCall): string {
  const named = text(call, 'by') ?? process.env['MLOPS_ACTOR'];
  if (named !== undefined && named !== '') return named;
  const login = loginName();
  if (login !== null && !nobody.has(login.toLowerCase())) return login;
  const whose = login === null ? 'this login has no name' : `the login "${login}" is no person`;
  throw new Misunderstood(`Who acts? The ledger keeps it, and ${whose}: say --by you@example.com, or set MLOPS_ACTOR.`);
}

function loginName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null; // a container's user number without an entry in its passwd
  }
}
