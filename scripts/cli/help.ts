import { optionsOf } from './parse-arguments.js';
import type { Verb, VerbOption } from './verb.js';

export function overallHelp(verbs: Readonly<Record<string, { readonly summary: string }>>): string {
  const rows = Object.entries(verbs).map(([name, { summary }]) => [name, summary] as const);
  return [
    'The whole life of a machine-learning model as durable Temporal workflows.',
    '',
    'usage: temporal-mlops <verb> [options]',
    '',
    ...table(rows),
    '',
    'Every verb understands:',
    ...table([
      ['--json', 'print one JSON value and nothing else'],
      ['-h, --help', 'what it does, with its options'],
    ]),
    '',
    'temporal-mlops --version says which one this is. Exit codes: 0 done, 1 failed or refused, 2 not understood.',
    'Settings are environment variables (docs/operations.md). MLOPS_DEBUG=1 shows the stack of an error.',
  ].join('\n');
}

export function verbHelp(verb: Verb): string {
  const { json, help, ...own } = optionsOf(verb);
  const rows = Object.entries({ ...own, json, help }).flatMap(([name, option]) =>
    option === undefined ? [] : [[nameOf(name, option), option.words] as const],
  );
  return [`${verb.name}: ${verb.summary}`, '', `usage: temporal-mlops ${verb.usage}`, '', ...table(rows)].join('\n');
}

function nameOf(name: string, { type, short, value }: VerbOption): string {
  const said = type === 'string' ? ` ${value ?? '<text>'}` : '';
  return `${short === undefined ? '' : `-${short}, `}--${name}${said}`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`.trimEnd());
}
