import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { failure, ModelName } from '../../schemas/index.js';
import { argument, text } from '../cli/arguments.js';
import { print } from '../cli/print.js';
import { Misunderstood, type Verb, type VerbCall } from '../cli/verb.js';
import { type Decisions, decide } from '../init/decisions.js';
import { inspectFile } from '../init/inspect-file.js';
import { recipeText } from '../init/recipe-text.js';
import { type FoundSource, modelNameOf, sourceOfFile } from '../init/source-of-file.js';
import { root } from '../servers/clone-root.js';

const usage = `init <file.csv | .jsonl | .parquet> --label "<rule>" [--model <name>] [--time <column>] [--out <recipe.yaml>]`;

export const verb: Verb = {
  name: 'init',
  summary: 'write a recipe for a file of your own: what is in it, what a model would learn from, and why',
  usage,
  options: {
    label: { type: 'string', value: '<rule>', words: 'what is predicted, in SQL over the columns: "sex = \'male\'"' },
    model: { type: 'string', value: '<name>', words: "the model's name; else the file's" },
    time: { type: 'string', value: '<column>', words: 'when a row happened; else the first column of times' },
    out: { type: 'string', short: 'o', value: '<file>', words: 'where the recipe is written; else <model>.yaml here' },
    force: { type: 'boolean', words: 'write over a recipe that is there' },
  },
  async run(call) {
    const given = argument(call, usage);
    const rule = text(call, 'label');
    if (rule === undefined)
      throw new Misunderstood(`Say what is predicted: --label "<rule>". Usage: temporal-mlops ${usage}`);
    const source = sourceOfFile(given, (process.env['MLOPS_SOURCE_DIRECTORIES'] ?? '').split(':').filter(Boolean));
    const model = modelOf(call, given);
    const out = outOf(call, model);
    const { label, ...found } = await inspectFile(
      { name: source.name, format: source.format, files: [source.file] },
      rule,
    );
    if (label === null) throw failure('LABEL_INVALID', 'The rule was not looked at.');
    const time = timeOf(
      call,
      found.columns.map(({ name }) => name),
    );
    const decisions = decide({ ...found, label }, { rule, time });
    const schema = relative(dirname(out), join(root, 'dist/schemas/json/modelLifecycle.json'));
    const parts = {
      ...source,
      source: source.name,
      model,
      rule,
      schema,
      rows: found.rows,
      knownAt: knownAt(decisions),
    };
    writeFileSync(out, recipeText(parts, decisions));
    const told = { model, recipe: out, rows: found.rows, columns: found.columns.length };
    if (call.json) print(JSON.stringify({ ...told, decided: decisions.told, warnings: warningsOf(source, decisions) }));
    else print(inWords(told, decisions.told, warningsOf(source, decisions)));
    return 0;
  },
};

function modelOf(call: VerbCall, file: string): string {
  const named = text(call, 'model');
  if (named === undefined) return modelNameOf(file);
  const parsed = ModelName.safeParse(named);
  if (parsed.success) return parsed.data;
  throw new Misunderstood(`--model ${parsed.error.issues[0]?.message ?? 'is no name'}. Given: "${named}".`);
}

function outOf(call: VerbCall, model: string): string {
  const out = resolve(text(call, 'out') ?? `${model}.yaml`);
  if (!existsSync(out) || call.values['force'] === true) return out;
  throw new Misunderstood(`${out} is there already: --force writes over it, --out says another place.`);
}

function timeOf(call: VerbCall, columns: readonly string[]): string | null {
  const named = text(call, 'time');
  if (named === undefined || columns.includes(named)) return named ?? null;
  throw new Misunderstood(`There is no column "${named}". Columns: ${columns.slice(0, 50).join(', ')}.`);
}

/** Without a time of its own a row was known when its file was looked at: written down, so that it is the same each time. */
function knownAt({ timeColumn }: Decisions): string {
  if (timeColumn !== null) return `"${timeColumn.replaceAll('"', '""')}"`;
  return `TIMESTAMP '${new Date().toISOString().slice(0, 19).replace('T', ' ')}'`;
}

function warningsOf({ isReadable, path }: FoundSource, { warnings }: Decisions): string[] {
  if (isReadable) return [...warnings];
  const folders = process.env['MLOPS_SOURCE_DIRECTORIES'];
  const where =
    folders === undefined ? 'no folder is named by MLOPS_SOURCE_DIRECTORIES here' : `the worker reads below ${folders}`;
  return [
    ...warnings,
    `${path} may be out of the worker's reach: ${where}. Copy it there, and say its path in the recipe.`,
  ];
}

function inWords(
  { recipe, rows, columns }: { recipe: string; rows: number; columns: number },
  told: readonly string[],
  warnings: readonly string[],
): string {
  return [
    `${rows} rows, ${columns} columns`,
    ...told,
    ...warnings.map((warning) => `! ${warning}`),
    '',
    `Written: ${recipe}`,
    `Look at it, then: npx temporal-mlops start ${relative(process.cwd(), recipe)}`,
  ].join('\n');
}
