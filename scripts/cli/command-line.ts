import { inspect, parseArgs } from 'node:util';
import { closest } from './closest-name.js';
import { loadEnvironment } from './environment.js';
import { explain } from './explain-error.js';
import { overallHelp, verbHelp } from './help.js';
import { print, printError } from './print.js';
import type { Verb } from './verb.js';

/** One line per verb, in the order of the help. A verb's file is loaded when it is called. */
export const verbs: Record<string, { summary: string; load: () => Promise<{ verb: Verb }> }> = {
  dev: { summary: 'run everything on this machine', load: () => import('../verbs/dev.js') },
  quickstart: { summary: "a model's whole life on real flights", load: () => import('../verbs/quickstart.js') },
  status: { summary: 'where every model stands, or one in detail', load: () => import('../verbs/status.js') },
  approve: { summary: 'approve or reject what waits', load: () => import('../verbs/approve.js') },
  rollback: { summary: 'return to the previous version', load: () => import('../verbs/rollback.js') },
  lineage: { summary: 'what made a prediction, version, run or dataset', load: () => import('../verbs/lineage.js') },
  verify: { summary: 'check the ledger and every blob', load: () => import('../verbs/verify.js') },
  logs: {
    summary: 'what waits to be shipped; ship it again; retire what is old',
    load: () => import('../verbs/logs.js'),
  },
  schema: { summary: 'what a workflow or message takes', load: () => import('../verbs/schema.js') },
  doctor: { summary: 'check every connection and setting', load: () => import('../verbs/doctor.js') },
  migrate: { summary: "bring the ledger's database up to date", load: () => import('../verbs/migrate.js') },
  worker: { summary: 'run a worker on both task queues', load: () => import('../verbs/worker.js') },
  serve: { summary: 'run a model server', load: () => import('../verbs/serve.js') },
  bench: { summary: 'measure us against what one would use instead', load: () => import('../verbs/bench.js') },
};

/** Sets the exit code: 0 done, 1 failed, 2 not understood. A verb that keeps running keeps the process. */
export async function main(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name.startsWith('-')) return general(name);
  const found = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!found) return misunderstood(`"${name}" is not a verb.${suggestion(name)}`, '');
  try {
    const { verb } = await found.load();
    await call(verb, rest);
  } catch (error) {
    report(error, rest.includes('--json') && name !== 'quickstart');
  }
}

function general(name: string | undefined): void {
  const asksHelp = name === undefined || ['help', '--help', '-h'].includes(name);
  if (!asksHelp) return misunderstood(`The verb comes first: temporal-mlops <verb> ${name}`, '');
  print(overallHelp(verbs));
}

function suggestion(name: string): string {
  const near = closest(name, Object.keys(verbs));
  return near === null ? '' : ` Did you mean "${near}"?`;
}

async function call(verb: Verb, args: string[]): Promise<void> {
  const parsed = read(verb, args);
  if (typeof parsed === 'string') return misunderstood(parsed, ` ${verb.name}`);
  const { values, positionals } = parsed;
  if (values['help']) return print(verbHelp(verb));
  loadEnvironment();
  process.exitCode = await verb.run({ positionals, values, json: values['json'] === true });
}

function read(verb: Verb, args: string[]) {
  const common = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args, options: { ...common, ...verb.options }, allowPositionals: true, strict: true });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function misunderstood(why: string, verb: string): void {
  printError(`${why}\nSee: temporal-mlops${verb} --help`);
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
