import { describe, expect, it } from 'vitest';
import { CollectInput, parseInput, SourceInput } from '../../schemas/index.js';

describe('a source as a person writes it', () => {
  it('is a file when it does not say what it is', () => {
    expect(SourceInput.parse({ name: 'trips', path: 'trips.csv' })).toEqual({
      kind: 'file',
      name: 'trips',
      path: 'trips.csv',
    });
  });

  it("is passed on whole when its kind is a host's own", () => {
    const own = { kind: 'feed', name: 'trips', url: 'http://127.0.0.1:1', page: { size: 3 } };
    expect(SourceInput.parse(own)).toEqual(own);
  });

  const wrong: [string, unknown, string][] = [
    ['a file whose path is misspelt', { name: 'trips', pth: 'a.csv' }, 'sources[0].pth: is not a known field'],
    ['a file without a path', { name: 'trips' }, 'sources[0].path: is missing; it must be a string'],
    [
      'a file with a field too many',
      { name: 'trips', path: 'a.csv', extra: 1 },
      'sources[0].extra: is not a known field',
    ],
    [
      'a file that names its kind, with a field too many',
      { kind: 'file', name: 'trips', path: 'a', extra: 1 },
      'sources[0].extra: is not a known field',
    ],
    ['a file with a wrong path', { kind: 'file', name: 'trips', path: 5 }, 'sources[0].path: '],
    ['a file with two faults', { kind: 'file', name: 'trips', path: 5, extra: 1 }, 'sources[0].path: '],
    ['a kind that is no word', { kind: 'My Feed', name: 'trips' }, 'sources[0].kind: must be a word like "file"'],
    ['a name that SQL cannot say', { kind: 'feed', name: 'my trips' }, 'sources[0].name: must be an SQL name'],
    ['no object', 'trips.csv', 'sources[0]: '],
  ];
  it.each(wrong)('is refused by its field: %s', (_, source, message) => {
    const parse = () =>
      parseInput({ schema: CollectInput, example: {} }, { dataset: 'd', sources: [source] }, 'collectData');
    expect(parse).toThrow(`  ${message}`);
  });
});
