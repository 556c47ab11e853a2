import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const rooms = [
  'activities',
  'schemas',
  'server',
  'statistics',
  'workflows',
  'workers',
  'scripts/cli',
  'scripts/verbs',
  'scripts/doctor',
];
const files = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(room, name)),
);
const sourceOf = (file: string) => readFileSync(join(root, file), 'utf8');

/** Between slashes where a value may begin; classes may hold a slash. */
const literal =
  /(?<=[=(,:;!&|?[{]\s*|=>\s*|return\s+)\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\n\\[])+)\/([dgimsuvy]*)/g;
const withoutComments = (text: string) => text.replaceAll(/^\s*(\/?\*|\/\/).*$/gm, '').replaceAll(/ \/\/ .*$/gm, '');
const expressions = files.flatMap((file) =>
  [...withoutComments(sourceOf(file)).matchAll(literal)].flatMap(([shown, source = '', flags]) => {
    try {
      return [{ file, shown: `${file}: ${shown}`, expression: new RegExp(source, flags) }];
    } catch {
      return []; // a division, or part of a text
    }
  }),
);

/** What makes a backtracking expression go back: much of the same, and an end that fits nothing. */
const pieces = [
  ...[
    'a',
    'A',
    '0',
    ' ',
    '\t',
    '\n',
    '/',
    '\\',
    '-',
    '.',
    ',',
    ':',
    ';',
    '"',
    "'",
    '`',
    '[',
    ']',
    '{',
    '}',
    '(',
    '*',
    '+',
    '_',
  ],
  ...[
    'a/',
    '/a',
    'a.',
    '0.',
    ': ',
    '",',
    '\\"',
    'a\n',
    '# pids 1',
    'convert string "',
    'x" to ',
    'Input: "',
    '1 A_B: ',
    'NaN,',
  ],
];
const beginnings = ['', 'Bearer ', '# pids ', '1', '/', '[', 'convert string "', '2001-01-01T00:00', 'retraining x: '];
const texts = pieces.flatMap((piece) =>
  beginnings.map((begin) => `${begin}${piece.repeat(Math.ceil(5000 / piece.length))}\u0000`),
);

/** Put together of our own words alone. */
const ofOurOwn = [
  'schemas/server-addresses.ts',
  'activities/stores/postgres/verify/catalogue.ts',
  'activities/sql/readers/csv/load.ts',
  'activities/sql/readers/csv/kinds/number-kinds.ts',
  'activities/sql/readers/csv/kinds/time-kinds.ts',
];

const limitMs = 40;

/** Those that take longer on long texts see none. */
const bounded: Record<string, string> = {
  'schemas/glob.ts': 'a path of at most 1,000 characters',
  'activities/reports/number-text.ts': 'the digits of a number',
  'activities/train/import-closure.ts': 'our own compiled files',
  'activities/stores/open-blob-store.ts': "the operator's own environment",
  'activities/targets/model-server.ts': "the operator's own environment",
  'scripts/doctor/model-server.ts': "the operator's own environment",
  'scripts/cli/control-port.ts': "the operator's own environment",
};

/** The longest that any of the texts takes; what the machine did meanwhile does not count. */
function millisecondsOf(expression: RegExp): number {
  const once = (text: string) => {
    const began = performance.now();
    text.replace(expression, '');
    return performance.now() - began;
  };
  const timed = (text: string) => {
    const first = once(text);
    return first < limitMs ? first : Math.min(first, once(text), once(text));
  };
  return Math.max(...texts.map(timed));
}

describe('regular expressions', () => {
  it('are found by this test', () => {
    expect(expressions.length).toBeGreaterThan(40);
    expect(expressions.map(({ shown }) => shown).join('\n')).toContain('schemas/primitives.ts: /^[0-9a-f]{64}$/');
  });

  it('are never made of what somebody wrote', () => {
    const made = files.filter((file) => /\bRegExp\(/.test(sourceOf(file)));
    expect(made.filter((file) => !ofOurOwn.includes(file))).toEqual([]);
  });

  it.each(expressions.filter(({ file }) => bounded[file] === undefined))(
    'take no time on long texts that almost fit: $shown',
    ({ expression }) => {
      expect(millisecondsOf(expression)).toBeLessThan(limitMs);
    },
  );

  it('would be seen here if their time grew faster than the text', () => {
    expect(millisecondsOf(/[\s/]+$/)).toBeGreaterThan(limitMs / 4);
  });
});
