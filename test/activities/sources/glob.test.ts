import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMatch } from '../../../activities/sources/glob.js';
import { readGlob } from '../../../schemas/index.js';

const matches = (text: string, path: string) => {
  const glob = readGlob(text);
  if (typeof glob === 'string') throw new Error(glob);
  return isMatch(glob, path);
};

describe('a glob', () => {
  it.each([
    ['*.csv', ['a.csv', 'ü b.csv', '.csv'], ['a.csvx', 'd/a.csv']],
    ['**/*.csv', ['a.csv', 'd/a.csv', 'd/e/a.csv'], ['a.txt', 'd/a.csv/b']],
    ['d/**', ['d', 'd/a', 'd/e/f'], ['e/a']],
    ['**/e/**/*.csv', ['e/a.csv', 'd/e/a.csv', 'e/e/x/a.csv'], ['a.csv', 'd/a.csv']],
    ['a**b', ['ab', 'axxb'], ['a/b', 'ax/xb']],
    ['p-{1,22}.parquet', ['p-1.parquet', 'p-22.parquet'], ['p-2.parquet', 'p-{1,22}.parquet']],
    ['{d/a,b}.csv', ['d/a.csv', 'b.csv'], ['a.csv', 'd/b.csv']],
    ['{a,b{1,2}}', ['a', 'b1', 'b2'], ['b', 'b12']],
    ['day-[0-2]?.csv', ['day-1x.csv', 'day-09.csv'], ['day-31.csv', 'day-1.csv']],
    ['[!a].csv', ['b.csv'], ['a.csv']],
    ['[^a-c]', ['d'], ['b']],
    ['[a-].csv', ['a.csv', '-.csv'], ['b.csv']],
    ['[{,]x', ['{x', ',x'], ['x']],
    ['a+(b)|c^$.csv', ['a+(b)|c^$.csv'], ['aab.csv']],
    ['größe,*.csv', ['größe,1.csv'], ['größe.csv']],
    ['?.csv', ['😀.csv'], ['ab.csv']],
    ['*a*b*a*', ['aba', 'xaxbxax'], ['aab', 'bab']],
  ])('%s', (glob, matching, others) => {
    expect(matching.filter((path) => !matches(glob, path))).toEqual([]);
    expect(others.filter((path) => matches(glob, path))).toEqual([]);
  });

  it('says what a regular expression says, on words that are short enough for one', () => {
    const glob = fc.array(fc.constantFrom('a', 'b', '*', '?', '[ab]', '[!a]', '/', '**'), { maxLength: 8 });
    const word = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 });
    fc.assert(
      fc.property(glob, word, (tokens, characters) => {
        const text = tokens.join('');
        const path = characters.join('');
        expect([text, path, matches(text, path)]).toEqual([text, path, asPattern(text).test(`/${path}`)]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '*a'.repeat(16),
    '?*'.repeat(16),
    '**?'.repeat(14),
    '*[a-z]'.repeat(16),
    '**/a/'.repeat(16),
    '{a,*}'.repeat(5),
  ])('takes no time on a name that almost fits: %s', (glob) => {
    const names = ['a'.repeat(255), 'a/'.repeat(500), `${'a'.repeat(254)}b`];
    const began = performance.now();
    for (const name of names) matches(glob, name);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

/** Of a path with a slash in front. `**` alone is any number of parts. */
function asPattern(text: string): RegExp {
  const part = (one: string) =>
    one.replaceAll(/\*+|\?|\[!a\]/g, (token) => (token === '[!a]' ? '[^a/]' : token === '?' ? '[^/]' : '[^/]*'));
  const parts = text.split('/').map((one) => (one === '**' ? '(?:/[^/]*)*' : `/${part(one)}`));
  return new RegExp(`^${parts.join('')}$`, 'u');
}
