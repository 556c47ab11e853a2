import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { sourceFolder } from '../collected.js';

const folder = sourceFolder();
afterAll(() => folder.close());

const runs = { numRuns: 12 };
const orNone = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 6 });
const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((made) => !made.includes('\u0000'));
const whole = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const longWhole = fc.bigInt({ min: 2n ** 63n, max: 10n ** 38n - 1n }).map(String);
/** Written without a point, a longer whole number is an id. */
const isPlain = (made: number) => /[.e]/.test(String(made)) || Math.abs(made) < 2 ** 53;
const double = fc
  .double({ noNaN: true, min: -3.4e38, max: 3.4e38 })
  .map((made) => made + 0)
  .filter(isPlain);
const instant = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
const micros = fc
  .tuple(instant, fc.integer({ min: 0, max: 999 }))
  .map(([date, more]) => `${date.toISOString().slice(0, 23)}${String(more).padStart(3, '0')}`);
const layouts = fc.constantFrom(
  (rows: string[]) => rows.join('\n'),
  (rows: string[]) => `[${rows.join(',\n')}]`,
  (rows: string[]) => rows.join(' '),
  (rows: string[]) => `\uFEFF${rows.join('\r\n')}\r\n`,
);

let files = 0;
async function collected(rows: string[], write: (rows: string[]) => string) {
  const name = `r${files++}.json`;
  folder.write(name, write(rows));
  return folder.collect(name);
}

/** DuckDB's text of a time: without the zeros at its end. */
const shown = (time: string) =>
  time
    .replace('T', ' ')
    .replace(/\.?0+$/, '')
    .replace(/^(.{10} \d\d:\d\d)$/, '$1:00');

describe('whatever a JSON file holds', () => {
  it('comes out as it went in: texts, whole numbers, numbers, yes and no, times', async () => {
    const row = fc.record({
      t: orNone(text),
      i: orNone(whole),
      d: orNone(double),
      b: orNone(fc.boolean()),
      m: orNone(micros),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), layouts, async (rows, write) => {
        const first = { t: 'x', i: 1n, d: 0.5, b: true, m: '2024-01-01T00:00:00.000000' };
        const all = [first, ...rows];
        const lines = all.map(
          ({ t, i, d, b, m }) => `{"t":${JSON.stringify(t)},"i":${i},"d":${d},"b":${b},"m":${JSON.stringify(m)}}`,
        );
        const done = await collected(lines, write);
        expect(done.types).toEqual({ t: 'string', i: 'integer', d: 'number', b: 'boolean', m: 'timestamp' });
        expect(done.column('t')).toEqual(all.map(({ t }) => t));
        expect(done.column('i')).toEqual(all.map(({ i }) => i?.toString() ?? null));
        expect(done.column('d')).toEqual(all.map(({ d }) => d));
        expect(done.column('b')).toEqual(all.map(({ b }) => b));
        expect(done.column('m')).toEqual(all.map(({ m }) => (m === null ? null : shown(m))));
      }),
      runs,
    );
  });

  it('comes out as it was written where its kinds do not fit: longer numbers, numbers beside texts', async () => {
    const number = fc.oneof(
      longWhole,
      whole.map(String),
      fc.tuple(fc.integer(), longWhole).map(([a, b]) => `${a}.${b}`),
    );
    const row = fc.record({
      l: number,
      m: fc.oneof(
        number,
        text.map((made) => JSON.stringify(made)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), layouts, async (rows, write) => {
        const all = [{ l: '99999999999999999999', m: '"x"' }, { l: '1', m: '1.50' }, ...rows];
        const done = await collected(
          all.map(({ l, m }) => `{"l":${l},"m":${m}}`),
          write,
        );
        expect(done.column('l')).toEqual(all.map(({ l }) => l));
        expect(done.column('m')).toEqual(all.map(({ m }) => (m.startsWith('"') ? JSON.parse(m) : m)));
      }),
      runs,
    );
  });
});

describe('whatever a Parquet file holds', () => {
  const quoted = (made: string) => `'${made.replaceAll("'", "''")}'`;
  const decimal = fc.bigInt({ min: -(10n ** 17n) + 1n, max: 10n ** 17n - 1n });
  const columns = {
    t: text,
    i: whole,
    u: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    d: double,
    c: decimal,
    m: micros,
  };

  it('comes out as it went in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record(columns), { minLength: 1, maxLength: 20 }), async (made) => {
        const rows = [...made, { t: 'x', i: 1n, u: 2n ** 64n - 1n, d: 0.5, c: 1n, m: '2024-01-01T00:00:00.000001' }];
        const values = rows.map(
          ({ t, i, u, d, c, m }) =>
            `(${quoted(t)}, '${i}'::BIGINT, '${u}'::UBIGINT, '${d}'::DOUBLE, '${c}'::DECIMAL(38,0), '${m}'::TIMESTAMP)`,
        );
        const name = `r${files++}.parquet`;
        await folder.parquet(name, `FROM (VALUES ${values.join(', ')}) v(t, i, u, d, c, m)`);
        const done = await folder.collect(name);
        expect(done.column('t')).toEqual(rows.map(({ t }) => t));
        for (const key of ['i', 'u', 'c'] as const)
          expect(done.column(key)).toEqual(rows.map((row) => String(row[key])));
        expect(done.column('d')).toEqual(rows.map(({ d }) => d));
        expect(done.column('m')).toEqual(rows.map(({ m }) => shown(m)));
      }),
      runs,
    );
  });

  it.each([
    ['DECIMAL(38,10)', 10n, 10n ** 38n - 1n],
    ['DECIMAL(18,4)', 4n, 10n ** 18n - 1n],
    ['DECIMAL(15,5)', 5n, 10n ** 15n - 1n],
  ])('is a decimal to its last digit, as a number or as text: %s', async (type, places, max) => {
    const digits = fc.bigInt({ min: 0n, max });
    const made = digits.map(
      (units) => `${units / 10n ** places}.${String(units % 10n ** places).padStart(Number(places), '0')}`,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(made, { minLength: 1, maxLength: 10 }), async (rows) => {
        const name = `r${files++}.parquet`;
        await folder.parquet(name, `FROM (VALUES ${rows.map((row) => `('${row}'::${type})`).join(', ')}) v(x)`);
        const done = await folder.collect(name);
        const read = done.column('x').map((x) => (typeof x === 'number' ? Number(x) : x));
        expect(read).toEqual(rows.map((row) => (done.types['x'] === 'number' ? Number(row) : row)));
        expect(done.types['x'] !== 'number' || rows.every((row) => isSame(Number(row), row))).toBe(true);
      }),
      runs,
    );
  });
});

/** Whether a double says all the digits of a decimal. */
function isSame(double: number, decimal: string): boolean {
  const plain = (digits: string) => digits.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  return plain(decimal) === plain(double.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 }));
}
