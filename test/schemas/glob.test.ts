import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CollectInput, parseInput, readGlob, registry } from '../../schemas/index.js';

const collect = (path: string) =>
  parseInput(registry.collectData, { dataset: 'd', sources: [{ name: 'trips', path }] }, 'collectData');

describe('a path as a person writes it', () => {
  it.each([
    ['{', 'never closed'],
    ['{a,b', 'never closed'],
    ['{a,{b,c}', 'never closed'],
    ['[', 'never closed'],
    ['[a-z.csv', 'never closed'],
    ['[a/b].csv', 'never closed'],
    ['[].csv', 'no characters'],
    ['[!].csv', 'no characters'],
    ['[z-a].csv', 'runs backwards'],
    ['[a-cz-x].csv', 'runs backwards'],
    ['*'.repeat(40).split('').join('a'), 'at most 32 wildcards'],
    ['?'.repeat(33), 'at most 32 wildcards'],
    ['[ab]'.repeat(33), 'at most 32 wildcards'],
    ['{a,b}'.repeat(6), 'at most 32 alternatives'],
    [`${'{a,'.repeat(200)}${'}'.repeat(200)}`, 'at most 32 alternatives'],
    ['a'.repeat(1001), 'at most 1000 characters'],
  ])('is refused at once, with its field and an example: %s', (path, why) => {
    expect(() => collect(path)).toThrow(/sources\[0\]\.path: (must|has)/);
    expect(() => collect(path)).toThrow(why);
    expect(() => collect(path)).toThrow('An input that works');
  });

  it.each(['a[1].csv', '}', 'a,b.csv', '**/*.csv', '{a,b,c}/[0-9]?.csv', 'größe.csv', '**?'.repeat(14), '../x'])(
    'is taken: %s',
    (path) => {
      expect(collect(path)).toMatchObject({ sources: [{ path }] });
    },
  );

  it('is read or refused in no time, whatever it is', () => {
    const pieces = fc.constantFrom(
      '*',
      '**',
      '?',
      '[',
      ']',
      '{',
      '}',
      ',',
      '/',
      '!',
      '-',
      'a',
      '\\',
      '(',
      '+',
      '😀',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 1200 }), (parts) => {
        const began = performance.now();
        readGlob(parts.join(''));
        CollectInput.safeParse({ dataset: 'd', sources: [{ name: 'trips', path: parts.join('') }] });
        expect(performance.now() - began).toBeLessThan(200);
      }),
    );
  });
});
