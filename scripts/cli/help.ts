import type { Verb } from './verb.js';

const common = [
  ['--json', 'print one JSON value and nothing else'],
  ['-h, --help', 'this text'],
] as const;

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
    ...table(common),
    '',
    'Settings are environment variables (docs/operations.md). MLOPS_DEBUG=1 shows the stack of an error.',
  ].join('\n');
}

export function verbHelp(verb: Verb): string {
  const own = Object.entries(verb.options ?? {}).map(
    ([name, { type }]) => [`--${name}${type === 'string' ? ' …' : ''}`, ''] as const,
  );
  const shared = common.filter(([name]) => !own.some(([mine]) => mine.startsWith(name)));
  const lines = [
    `${verb.name}: ${verb.summary}`,
    '',
    `usage: temporal-mlops ${verb.usage}`,
    '',
    ...table([...own, ...shared]),
  ];
  return lines.join('\n');
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`.trimEnd());
}
