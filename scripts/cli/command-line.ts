import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { z } from 'zod';
import { closest } from '../../schemas/index.js';
import { root } from '../servers/clone-root.js';
import { loadEnvironment } from './environment.js';
import { explain } from './explain-error.js';
import { overallHelp, verbHelp } from './help.js';
import { parseWords } from './parse-arguments.js';
import { print, printError } from './print.js';
import { Misunderstood, type Verb } from './verb.js';
import { verbs } from './verbs.js';

/** Sets the exit code: 0 done, 1 failed, 2 not understood. A verb that keeps running keeps the process. */
export async function main(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  const json = rest.includes('--json') && name !== 'quickstart';
  try {
    if (name === undefined || name === 'help' || name.startsWith('-')) return general(name);
    const found = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
    if (!found) throw new Misunderstood(`"${name}" is not a verb.${meant(name)}`);
    await call((await found.load()).verb, rest);
  } catch (error) {
    if (error instanceof Misunderstood) misunderstood(error, { verb: verbNamed(name), json });
    else report(error, json);
  }
}

function general(name: string | undefined): void {
  if (name === '--version' || name === '-V') return print(version());
  if (name === undefined || ['help', '--help', '-h'].includes(name)) return print(overallHelp(verbs));
  throw new Misunderstood(`The verb comes first: temporal-mlops <verb> ${name}`);
}

function version(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).version;
}

function meant(name: string): string {
  const near = closest(name, Object.keys(verbs));
  return near === null ? '' : ` Did you mean "${near}"?`;
}

const verbNamed = (name: string | undefined) => (name !== undefined && Object.hasOwn(verbs, name) ? ` ${name}` : '');

async function call(verb: Verb, args: string[]): Promise<void> {
  const { values, positionals } = parseWords(verb, args);
  if (values['help']) return print(verbHelp(verb));
  loadEnvironment();
  process.exitCode = await verb.run({ positionals, values, json: values['json'] === true });
}

function misunderstood({ message }: Misunderstood, { verb, json }: { verb: string; json: boolean }): void {
  if (json) print(JSON.stringify({ error: message, code: 'InvalidInput' }));
  else printError(`${message}\nSee: temporal-mlops${verb} --help`);
  process.exitCode = 2;
}

/** One message and no stack, which MLOPS_DEBUG=1 shows; one JSON value where JSON was asked for. */
function report(error: unknown, json: boolean): void {
  const { code, message } = explain(error);
  if (json) print(JSON.stringify({ error: message, code }));
  else printError(code === null ? message : `${code}: ${message}`);
  if (process.env['MLOPS_DEBUG'] === '1') printError(inspect(error));
  process.exitCode = 1;
}
