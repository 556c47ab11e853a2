import { mkdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { sourceFolder } from './collected.js';

const folder = sourceFolder();
afterAll(() => folder.close());

describe('a file whose name is a pattern of others', () => {
  it.each(['jsonl', 'parquet', 'csv'])('is read alone, in folders that are patterns too: %s', async (format) => {
    const names = [`d[1]/a[1].${format}`, `d[1]/a1.${format}`, `d1/a1.${format}`, `d[1]/*?.${format}`];
    mkdirSync(folder.path('d[1]'), { recursive: true });
    mkdirSync(folder.path('d1'), { recursive: true });
    for (const [n, name] of names.entries()) {
      if (format === 'parquet') await folder.parquet(name, `SELECT ${n} AS n`);
      else folder.write(name, format === 'csv' ? `n\n${n}\n` : `{"n": ${n}}\n`);
    }
    expect((await folder.collect(names)).column('n').map(Number)).toEqual([0, 1, 2, 3]);
    for (const [n, name] of names.entries()) expect((await folder.collect(name)).column('n').map(Number)).toEqual([n]);
  });
});
