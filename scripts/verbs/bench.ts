import { suggestion } from '../../schemas/index.js';
import type { Bench } from '../bench/bench.js';
import { wholeNumber } from '../cli/arguments.js';
import { print, printError } from '../cli/print.js';
import { Misunderstood, type Verb } from '../cli/verb.js';

/** A bench's file is loaded when it runs. */
const benches: Record<string, { summary: string; load: () => Promise<{ bench: Bench }> }> = {
  orchestration: {
    summary: 'seven steps with a fact each, against bare Temporal with an insert each',
    load: () => import('../bench/orchestration.js'),
  },
  serve: {
    summary: 'our model server against bare node:http with onnxruntime-node',
    load: () => import('../bench/serve.js'),
  },
  collect: {
    summary: 'a CSV of a gigabyte to a dataset version, against DuckDB and pandas to a Parquet file',
    load: () => import('../bench/collect.js'),
  },
  lineage: {
    summary: 'a prediction by the name of its request, among ten million, against a bare primary key',
    load: () => import('../bench/lineage.js'),
  },
  memory: {
    summary: 'what a sleeping lifecycle costs a worker, against a trivial workflow',
    load: () => import('../bench/memory.js'),
  },
};

export const verb: Verb = {
  name: 'bench',
  summary: 'measure us against what one would use instead',
  usage: 'bench [name] [--rows <number>]',
  options: { rows: { type: 'string', value: '<number>', words: 'how many rows, where a bench has rows' } },
  async run({ positionals, values, json }) {
    const [name, ...more] = positionals;
    if (name === undefined) return list(json);
    const found = more.length === 0 && Object.hasOwn(benches, name) ? benches[name] : undefined;
    if (found === undefined) throw unknown(positionals.join(' '));
    const { bench } = await found.load();
    try {
      const measured = await bench((line) => printError(line), rowsOf(values['rows']));
      print(JSON.stringify({ bench: name, ...measured }));
      return 0;
    } finally {
      endSoon();
    }
  },
};

function rowsOf(given: unknown): { rows?: number } {
  if (given === undefined) return {};
  return { rows: wholeNumber(String(given), '--rows must be a whole number from 1') };
}

function list(json: boolean): number {
  const rows = Object.entries(benches).map(([name, { summary }]) => ({ name, summary }));
  if (json) print(JSON.stringify(rows));
  else for (const { name, summary } of rows) print(`${name.padEnd(15)}${summary}`);
  return 0;
}

function unknown(name: string): Error {
  return new Misunderstood(`"${name}" is not a bench.${suggestion(name, Object.keys(benches))}`);
}

/** A bench that failed half-way may leave a connection that tries again for ever. */
function endSoon(): void {
  setTimeout(() => process.exit(), 5000).unref();
}
