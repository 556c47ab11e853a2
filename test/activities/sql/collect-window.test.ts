import { afterAll, describe, expect, it } from 'vitest';
import { sourceFolder } from './collected.js';

const folder = sourceFolder();
afterAll(() => folder.close());

describe('a window of what is collected', () => {
  it.each([
    [{ from: '2024-01-02' }, ['1'], ['2 rows without "at" are outside of the window']],
    [{}, ['0', null, '1', null], []],
  ])('tells how many rows it leaves out because their time is missing: %j', async (range, kept, told) => {
    folder.write('a.jsonl', '{"i":0,"at":"2024-01-01"}\n{"i":null}\n{"i":1,"at":"2024-01-02"}\n{"i":null,"at":null}\n');
    const done = await folder.collect('a.jsonl', { rules: { window: { column: 'at', ...range } } });
    expect(done.column('i')).toEqual(kept);
    expect(done.read.filter((line) => line.includes('window'))).toEqual(told);
  });
});
