import { expect, it } from 'vitest';
import { globPattern } from '../../../activities/sources/glob.js';

it.each([
  ['*.csv', ['a.csv', 'ü b.csv'], ['a.csvx', 'd/a.csv', '.hidden.csv']],
  ['**/*.csv', ['a.csv', 'd/a.csv', 'd/e/a.csv'], ['a.txt', 'd/a.csv/b']],
  ['p-{1,22}.parquet', ['p-1.parquet', 'p-22.parquet'], ['p-2.parquet', 'p-{1,22}.parquet']],
  ['day-[0-2]?.csv', ['day-1x.csv', 'day-09.csv'], ['day-31.csv', 'day-1.csv']],
  ['[!a].csv', ['b.csv'], ['a.csv']],
  ['a+(b)|c^$.csv', ['a+(b)|c^$.csv'], ['aab.csv']],
  ['größe,*.csv', ['größe,1.csv'], ['größe.csv']],
])('%s', (glob, matching, others) => {
  expect(matching.filter((name) => !globPattern(glob).test(name))).toEqual([]);
  expect(others.filter((name) => globPattern(glob).test(name))).toEqual([]);
});
