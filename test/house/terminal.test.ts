import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const scripts = join(import.meta.dirname, '..', '..', 'scripts');
/** These two print what they make themselves, for as long as they run. */
const storytellers = ['verbs/dev.ts', 'verbs/quickstart.ts'];

it('has one way to the terminal, which shows no control character', () => {
  const files = ['verbs', 'cli', 'doctor'].flatMap((room) =>
    readdirSync(join(scripts, room)).map((name) => `${room}/${name}`),
  );
  const printing = files.filter((file) => /\bconsole\./.test(readFileSync(join(scripts, file), 'utf8')));
  expect(printing.filter((file) => !storytellers.includes(file))).toEqual(['cli/print.ts']);
});
