import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { errorCode, firstTooLarge } from '../../schemas/index.js';
import { sourceFolder } from '../activities/sql/collected.js';
import { type ReadCsv, readCsv } from '../activities/sql/readers/read-csv.js';
import { recordsByTheBook } from './csv-by-the-book.js';
import { isValueOf } from './read-value.js';

const minutes = Number(process.env['MLOPS_FUZZ_MINUTES'] ?? '10');
const forMs = (share: number) => minutes * 60_000 * share;
const endless = (share: number) => ({ numRuns: 1_000_000, interruptAfterTimeLimit: forMs(share) });
const timeout = (share: number) => forMs(share) + 120_000;

/** What a file was read as, by the code of the refusal where it was refused. */
const counts: Record<string, Record<string, number>> = {};
function count(lane: string, what: string, n = 1): void {
  const of = (counts[lane] ??= {});
  of[what] = (of[what] ?? 0) + n;
}
afterAll(() => process.stdout.write(`broken files: ${JSON.stringify(counts)}\n`));

const codes = ['SOURCE_UNREADABLE', 'EMPTY_DATASET', 'SCHEMA_CHANGED', 'JOB_TOO_LARGE'];

/** Null where the file was refused in the words of the catalog; whatever else happens is a find. */
async function unlessRefused<T>(lane: string, reading: Promise<T>): Promise<T | null> {
  count(lane, 'files');
  try {
    return await reading;
  } catch (error) {
    const code = errorCode(error);
    if (code === null || !codes.includes(code)) throw error;
    count(lane, code);
    return null;
  }
}

const column = fc.constantFrom(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.boolean().map(String),
  fc.constantFrom('F', 'T', 'NA', '', '007', '+1', '1,5', 'x'),
  fc.constantFrom('2024-01-31', '2024-02-01 10:00', '2024-02-01T10:00:00.123456Z'),
  fc.constantFrom('31/01/2024', '01/02/2024', '13/12/2023'),
  fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', ',', ';', '"', '\n', '\r\n', "'", '#'), maxLength: 8 }),
);
const needsQuotes = (text: string) => /[",;\n\r\t|]|^ | $/.test(text);
const table = fc
  .array(column, { minLength: 1, maxLength: 5 })
  .chain((columns) => fc.array(fc.tuple(...columns), { minLength: 1, maxLength: 12 }))
  .map((rows) => [(rows[0] ?? []).map((_, i) => `c${i}`), ...rows]);

const breaks = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(3),
    put: fc.constantFrom(
      ...[
        '"',
        '""',
        ',',
        ';',
        '\t',
        '|',
        '\n',
        '\r',
        '\r\n',
        ' ',
        ' "',
        '" ',
        '',
        '\0',
        '#',
        "'",
        '\\',
        '\\"',
        'NA',
        'é',
      ],
      ...['1e400', '9'.repeat(30), '-', '.', '/', '\ufeff', 'sep=;\n', '\n\n', 'x'.repeat(3000)],
    ),
  }),
  { maxLength: 3 },
);
interface Break {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
}

const broken = (text: string, places: readonly Break[]): string =>
  places.reduce((now, { at, cut, put }) => {
    const from = Math.floor(at * now.length);
    return now.slice(0, from) + put + now.slice(from + cut);
  }, text);

const writtenCsv = fc.record({
  rows: table,
  mark: fc.constantFrom(',', ';', '\t', '|'),
  end: fc.constantFrom('\n', '\r\n', '\r'),
  places: breaks,
  isSaid: fc.boolean(),
});

describe(`files that are broken anywhere, for ${minutes} minutes`, () => {
  it('CSV: every record and every value is the file’s, or it is refused', { timeout: timeout(0.6) }, async () => {
    await fc.assert(
      fc.asyncProperty(writtenCsv, async ({ rows, mark, end, places, isSaid }) => {
        const field = (text: string) => (needsQuotes(text) ? `"${text.replaceAll('"', '""')}"` : text);
        const text = broken(rows.map((row) => row.map(field).join(mark) + end).join(''), places);
        const said = isSaid ? { csv: { delimiter: mark } } : {};
        const read = await unlessRefused('csv', readCsv({ 'a.csv': text }, said));
        if (read === null) return;
        const marks = isSaid ? [mark] : [',', ';', '\t', '|'];
        const books = marks.map((one) => recordsByTheBook(withoutPreamble(text), one)?.slice(1) ?? null);
        count('csv', 'read');
        count('csv', 'rows', read.rows.length);
        const isRead = books.some((book) => book !== null && isSameTable(book, read));
        if (!isRead) throw new Error(`read otherwise: ${JSON.stringify({ text, read, books })}`);
      }),
      endless(0.6),
    );
    expect(counts['csv']?.['read']).toBeGreaterThan(0);
    expect(counts['csv']?.['SOURCE_UNREADABLE']).toBeGreaterThan(0);
  });

  it('JSON: every value is what the standard parser reads, or it is refused', { timeout: timeout(0.3) }, async () => {
    const folder = sourceFolder();
    const value = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string({ maxLength: 8 }), fc.double());
    const record = fc.record({ a: value, b: fc.integer(), c: fc.string({ maxLength: 5 }) }, { requiredKeys: ['b'] });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 8 }), breaks, async (records, places) => {
        const text = broken(records.map((one) => `${JSON.stringify(one)}\n`).join(''), places);
        folder.write('a.jsonl', text);
        const read = await unlessRefused('json', folder.collect('a.jsonl'));
        if (read === null) return;
        count('json', 'read');
        count('json', 'rows', read.rows.length);
        const lines = text.replace(/^\ufeff/, '').split('\n');
        const parsed = lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line));
        expect(read.rows.length).toBe(parsed.length);
        for (const name of read.content.columns.map((one) => one.name)) {
          const values = parsed.map((one) => one[name] ?? null);
          const column = read.column(name);
          const isRead = values.every((value, row) => isJsonValue(value, column[row]));
          if (!isRead) throw new Error(`read otherwise: ${JSON.stringify({ text, name, column, values })}`);
        }
      }),
      endless(0.3),
    );
    folder.close();
    expect(counts['json']?.['read']).toBeGreaterThan(0);
  });

  it('gzip: a bit that fell over is noticed', { timeout: timeout(0.1) }, async () => {
    const text = `a,b\n${Array.from({ length: 200 }, (_, i) => `${i},"name ${i * 7919}"\n`).join('')}`;
    const whole = await readCsv({ 'a.csv': text });
    const zipped = gzipSync(text);
    await fc.assert(
      fc.asyncProperty(fc.nat(zipped.length - 1), fc.nat(7), fc.boolean(), async (at, bit, isCut) => {
        const bytes = Buffer.from(isCut ? zipped.subarray(0, at) : zipped);
        if (!isCut) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        const read = await unlessRefused('gzip', readCsv({ 'a.csv.gz': bytes }));
        if (read === null) return;
        count('gzip', 'read');
        expect(read.rows).toEqual(whole.rows);
      }),
      endless(0.1),
    );
  });
});

/** A byte order mark, and the line in which spreadsheets say the delimiter. */
const withoutPreamble = (text: string) => text.replace(/^\ufeff/, '').replace(/^sep=[^\r\n"](\r\n|\n)/, '');

function isSameTable(book: string[][], { rows, typeOrder }: ReadCsv): boolean {
  if (book.length !== rows.length) return false;
  return book.every((record, r) =>
    record.every((text, c) => isValueOf(text, typeOrder[c] ?? '', rows[r]?.[c] ?? null)),
  );
}

/** What is beyond float32 is missing among numbers, and as it is written among texts. */
function isJsonValue(value: unknown, read: unknown): boolean {
  if (value === null || value === '') return read === null;
  if (typeof value !== 'number') return String(read) === String(value);
  return read === null ? Math.abs(value) >= firstTooLarge : Number(read) === value;
}
