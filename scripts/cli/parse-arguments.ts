import { parseArgs } from 'node:util';
import { closest } from '../../schemas/index.js';
import { Misunderstood, type Verb, type VerbCall, type VerbOption } from './verb.js';

/** What every verb takes. */
export const commonOptions: Readonly<Record<string, VerbOption>> = {
  json: { type: 'boolean', words: 'print one JSON value and nothing else' },
  help: { type: 'boolean', short: 'h', words: 'this text' },
};

export const optionsOf = (verb: Verb): Readonly<Record<string, VerbOption>> => ({ ...commonOptions, ...verb.options });

/** The words after a verb. An option that it does not have is answered with the one that was most likely meant. */
export function parseWords(verb: Verb, args: string[]): Omit<VerbCall, 'json'> {
  const options = Object.fromEntries(Object.entries(optionsOf(verb)).map(([name, option]) => [name, plain(option)]));
  const { tokens } = parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens)
    if (token.kind === 'option' && !Object.hasOwn(options, token.name)) throw unknown(token.rawName, verb);
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new Misunderstood(error instanceof Error ? error.message : String(error));
  }
}

const plain = ({ type, short }: VerbOption) => ({ type, ...(short === undefined ? {} : { short }) });

function unknown(given: string, verb: Verb): Misunderstood {
  const near = closest(given.replace(/^-+/, ''), Object.keys(optionsOf(verb)));
  const hint = near === null ? '' : ` Did you mean "--${near}"?`;
  return new Misunderstood(`"${given}" is not an option of "${verb.name}".${hint}`);
}
