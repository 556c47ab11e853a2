import { expect, it } from 'vitest';
import { baselineDocument } from '../../../activities/package/baseline.js';
import { madeUpRow } from '../../../activities/package/example.js';
import type { Column, Metrics } from '../../../schemas/index.js';

const columns: Column[] = [
  { name: 'fare', type: 'number' },
  { name: 'seats', type: 'integer' },
  { name: 'express', type: 'boolean' },
  { name: 'at', type: 'timestamp' },
  { name: 'city', type: 'string' },
  { name: 'name', type: 'string' },
  { name: 'year', type: 'string' },
];
const rows = 999;
const raw = Array.from({ length: rows }, (_, row) => [
  1234.5678 + row,
  1000 + row,
  row % 3 > 0,
  Date.UTC(2024, 0, 1, 13, 37) + row * 3_600_000,
  row % 2 ? 'Köln' : row % 3 ? 'Łódź' : '東京',
  `person ${row}`,
  row % 3 ? '2001' : '1999',
]);
const asked = Object.fromEntries(
  columns.map(({ name }, c) => [name, raw.map((row) => row[c] as string | number | boolean)]),
);
const baselineOf = (of: Record<string, (number | string | boolean | null)[]>) =>
  baselineDocument(columns, of, { predictions: new Float64Array([0.5]), test: {} as Metrics });

it('is made up of what is common, and is the row of nobody', () => {
  const row = madeUpRow(columns, baselineOf(asked));
  expect(row).toEqual([1700, 1500, true, Date.UTC(2024, 0, 22), 'Köln', 'text', '2001']);
  expect(raw.map((one) => JSON.stringify(one))).not.toContain(JSON.stringify(row));
});

it('quotes no value of few rows', () => {
  const few = Object.fromEntries(
    columns.map(({ name, type }) => [name, type === 'string' ? Array(19).fill('Ada') : [987_654.321]]),
  );
  expect(JSON.stringify(madeUpRow(columns, baselineOf(few)))).not.toMatch(/Ada|987654/);
});

it('is there where a column has no value at all', () => {
  const none = Object.fromEntries(columns.map(({ name }) => [name, [null]]));
  expect(madeUpRow(columns, baselineOf(none))).toEqual([0, 0, false, 0, 'text', 'text', 'text']);
});
