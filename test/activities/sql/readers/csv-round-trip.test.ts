import fc from 'fast-check';
import { expect, it } from 'vitest';
import { errorCode } from '../../../../schemas/index.js';
import { readCsv } from './read-csv.js';

const missing = ['', 'NA', 'N/A', 'null', 'NULL', 'NaN', 'nan'];
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

const text = fc
  .string({
    unit: fc.constantFrom('a', 'é', '中', '😀', ' ', ',', ';', '|', '\t', '"', '\n', '\r\n', '#', "'", '0'),
    maxLength: 12,
  })
  .filter((value) => !missing.includes(value));
const row = fc.record({
  text,
  whole: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  long: fc.bigInt({ min: 10n ** 19n, max: 10n ** 38n }),
  double: fc
    .double({ noNaN: true, min: -3.4e38, max: 3.4e38 })
    .filter((x) => /[.e]/.test(String(x)) || Math.abs(x) < 2 ** 53), // longer whole numbers are ids
  day: fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
  microseconds: fc.integer({ min: 0, max: 999_999 }),
});

/** The first rows say what each column is: its own text, whatever was drawn. */
const first = { text: 'x,y', whole: 7n, long: 10n ** 20n, double: 0.5, day: new Date('2024-01-31'), microseconds: 1 };

it('gives every text, whole number, decimal, day and time back as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 20 }),
      fc.constantFrom(',', ';', '\t'),
      fc.constantFrom('\n', '\r\n'),
      async (drawn, mark, end) => {
        const rows = [first, ...drawn];
        const written = rows.map(({ text, whole, long, double, day, microseconds }) => {
          const at = `${day.toISOString().slice(0, 19)}.${String(microseconds).padStart(6, '0')}`;
          return [quoted(text), `${whole}`, `${long}`, String(double), day.toISOString().slice(0, 10), at];
        });
        const file = [['text', 'whole', 'long', 'double', 'day', 'at'], ...written].map(
          (fields) => fields.join(mark) + end,
        );
        const read = await readCsv({ 'a.csv': file.join('') });
        expect(read.types).toEqual({
          text: 'VARCHAR',
          whole: 'BIGINT',
          long: 'VARCHAR',
          double: 'DOUBLE',
          day: 'TIMESTAMP',
          at: 'TIMESTAMP',
        });
        expect(read.rows.map((fields) => fields.slice(0, 3))).toEqual(
          rows.map(({ text, whole, long }) => [text, `${whole}`, `${long}`]),
        );
        expect(read.rows.map((fields) => Number(fields[3]))).toEqual(rows.map(({ double }) => double + 0));
        expect(read.rows.map((fields) => fields[4]?.slice(0, 10))).toEqual(written.map((fields) => fields[4]));
        expect(read.rows.map((fields) => Date.parse(`${fields[5]?.slice(0, 23).replace(' ', 'T')}Z`))).toEqual(
          written.map((fields) => Date.parse(`${fields[5]?.slice(0, 23)}Z`)),
        );
      },
    ),
    { numRuns: 12 },
  );
});

it('reads a file that was broken anywhere with all of its records, or names the line', async () => {
  const whole = Array.from({ length: 30 }, (_, i) => `${i},"name, ${i}",${i / 4}\n`);
  const broken = fc.record({
    line: fc.nat(29),
    at: fc.nat(12),
    put: fc.constantFrom('"', ',', '\n', '\r', '', ';', '#', '\0', '""'),
  });
  await fc.assert(
    fc.asyncProperty(broken, async ({ line, at, put }) => {
      const lines = whole.map((good, i) =>
        i === line ? good.slice(0, at) + put + good.slice(at + (put === '' ? 1 : 0)) : good,
      );
      const outcome = await readCsv({ 'a.csv': `id,name,share\n${lines.join('')}` }).then(
        ({ rows }) => rows.length,
        (error: Error) =>
          errorCode(error) === 'SOURCE_UNREADABLE' && /a\.csv: line \d+ /.test(error.message) ? 'line' : error.message,
      );
      expect([30, 'line']).toContain(outcome);
    }),
    { numRuns: 25 },
  );
});
