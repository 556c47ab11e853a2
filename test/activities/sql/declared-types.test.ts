import { afterAll, describe, expect, it } from 'vitest';
import type { DeclaredColumns } from '../../../schemas/index.js';
import { sourceFolder } from './collected.js';

const folder = sourceFolder();
afterAll(() => folder.close());

let files = 0;
const written = (values: unknown[]) => {
  const name = `f${files++}.jsonl`;
  folder.write(name, values.map((v) => `{"v":${typeof v === 'string' ? v : JSON.stringify(v)},"w":1}\n`).join(''));
  return name;
};

describe('a declared column of a file that has types', () => {
  it.each([
    ['texts of numbers', ['"1.50"', '" 2 "', 'null'], 'number', [1.5, 2, null]],
    ['texts and numbers', ['"007"', '7'], 'integer', ['7', '7']],
    ['whole numbers among numbers', ['1', '2.0'], 'integer', ['1', '2']],
    ['whole numbers', ['1', '2'], 'number', [1, 2]],
    ['numbers as they are written', ['1.50', '2'], 'string', ['1.50', '2']],
    ['days', ['"2024-01-31"'], 'string', ['2024-01-31']],
    ['words', ['"yes"', '"N"'], 'boolean', [true, false]],
    ['ones and zeros', ['1', '0', 'null'], 'boolean', [true, false, null]],
    ['true and false', ['true', 'false'], 'integer', ['1', '0']],
  ] as const)('is that, value by value: %s', async (_, values, type, read) => {
    const done = await folder.collect(written([...values]), { columns: { V: type } });
    expect(done.types['v']).toBe(type);
    expect(done.column('v')).toEqual(read);
  });

  it.each([
    [['"1"', '"one"'], 'number', 'column "v" is declared to be number, and record 2 is none'],
    [['1', '2.5'], 'integer', 'record 2 is none'],
    [['9007199254740993', '1'], 'number', 'record 1 is none'],
    [['1', '2'], 'boolean', 'record 2 is none'],
    [['"31/12/2023"'], 'timestamp', 'record 1 is none'],
    [['true'], 'timestamp', 'record 1 is none'],
  ] as const)('is refused by its first record that is none: %j as %s', async (values, type, why) => {
    expect(await folder.refusal(written([...values]), { columns: { v: type } })).toMatch(
      new RegExp(`^SOURCE_UNREADABLE: .*${why}`),
    );
  });

  it('of Parquet as of JSON, and has to be there', async () => {
    await folder.parquet('p.parquet', 'SELECT 3.0::DOUBLE AS n, 1::INTEGER AS yes');
    const columns: DeclaredColumns = { n: 'integer', yes: 'boolean' };
    expect((await folder.collect('p.parquet', { columns })).types).toEqual(columns);
    expect(await folder.refusal('p.parquet', { columns: { m: 'integer' } })).toContain('there is no column "m"');
  });
});
