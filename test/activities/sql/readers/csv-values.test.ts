import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { CsvFormat } from '../../../../schemas/index.js';
import { readCsv, type Said } from './read-csv.js';

const column = (values: readonly string[]) =>
  ['x', ...values]
    .map((value) => `${value},`)
    .join('\n')
    .replace('x,', 'x,y');

async function typed(values: readonly string[], csv: CsvFormat = {}) {
  const { types, rows } = await readCsv({ 'a.csv': column(values) }, { csv });
  return { type: types['x'], values: rows.map(([value]) => value) };
}

describe('the type of a column is what all of its texts are, and nothing is lost by it', () => {
  const cases: [string, string[], string, (string | null)[]][] = [
    ['whole numbers', ['1', '-2', ''], 'BIGINT', ['1', '-2', null]],
    ['the largest one', ['9223372036854775807'], 'BIGINT', ['9223372036854775807']],
    ['one beyond it', ['1', '9223372036854775808'], 'VARCHAR', ['1', '9223372036854775808']],
    [
      'one of 38 digits',
      ['12345678901234567890123456789012345678'],
      'VARCHAR',
      ['12345678901234567890123456789012345678'],
    ],
    ['leading zeros', ['02001', '94000'], 'VARCHAR', ['02001', '94000']],
    ['a plus', ['+4912345', '1'], 'VARCHAR', ['+4912345', '1']],
    ['decimals', ['1.50', '-.5', '2e3', '7'], 'DOUBLE', ['1.5', '-0.5', '2000.0', '7.0']],
    [
      'what a double writes',
      ['0.30000000000000004', '1e-7', '1.000000000000000056e-01'],
      'DOUBLE',
      ['0.30000000000000004', '1e-07', '0.1'],
    ],
    ['more digits than a double keeps', ['1234567890123456.78', '1.5'], 'VARCHAR', ['1234567890123456.78', '1.5']],
    [
      'a whole number between decimals that no double holds',
      ['9007199254740993', '1.5'],
      'VARCHAR',
      ['9007199254740993', '1.5'],
    ],
    ['more than the largest double', ['1e400', '1'], 'VARCHAR', ['1e400', '1']],
    ['less than the smallest double', ['1e-400', '1'], 'VARCHAR', ['1e-400', '1']],
    ['underscores between digits', ['1_000', '2'], 'VARCHAR', ['1_000', '2']],
    ['hexadecimal', ['0x10', '2'], 'VARCHAR', ['0x10', '2']],
    ['true and false', ['True', 'FALSE', 'true'], 'BOOLEAN', ['true', 'false', 'true']],
    ['F alone', ['F', 'F'], 'VARCHAR', ['F', 'F']],
    ['t and f', ['t', 'f'], 'VARCHAR', ['t', 'f']],
    ['yes and no', ['yes', 'no'], 'VARCHAR', ['yes', 'no']],
    [
      'missing values',
      ['NA', 'N/A', 'null', 'NULL', 'NaN', 'nan', '1'],
      'BIGINT',
      [null, null, null, null, null, null, '1'],
    ],
    ['nothing at all', ['', ''], 'VARCHAR', [null, null]],
    ['days', ['2024-02-29', '2024-03-01'], 'TIMESTAMP', ['2024-02-29 00:00:00', '2024-03-01 00:00:00']],
    ['a day that is none', ['2023-02-29', '2024-03-01'], 'VARCHAR', ['2023-02-29', '2024-03-01']],
    ['times to the microsecond', ['2024-03-01T10:00:00.123456'], 'TIMESTAMP', ['2024-03-01 10:00:00.123456']],
    ['times to the nanosecond', ['2024-03-01T10:00:00.123456789'], 'VARCHAR', ['2024-03-01T10:00:00.123456789']],
    [
      'times of a zone',
      ['2024-03-01T10:00:00+02:00', '2024-03-01T10:00:00Z'],
      'TIMESTAMP',
      ['2024-03-01 08:00:00', '2024-03-01 10:00:00'],
    ],
    [
      'times, some of a zone',
      ['2024-03-01T10:00:00+02:00', '2024-03-01T10:00:00'],
      'VARCHAR',
      ['2024-03-01T10:00:00+02:00', '2024-03-01T10:00:00'],
    ],
    ['months first', ['01/08/2024', '01/31/2024'], 'TIMESTAMP', ['2024-01-08 00:00:00', '2024-01-31 00:00:00']],
    ['days first', ['8.1.2024', '31.1.2024'], 'TIMESTAMP', ['2024-01-08 00:00:00', '2024-01-31 00:00:00']],
    ['clocks of twelve hours', ['1/31/2024 1:05 PM'], 'TIMESTAMP', ['2024-01-31 13:05:00']],
    ['months by name', ['5 Jan 2024', '31 Dec 2024'], 'TIMESTAMP', ['2024-01-05 00:00:00', '2024-12-31 00:00:00']],
    ['both orders in one column', ['13/01/2024', '01/13/2024'], 'VARCHAR', ['13/01/2024', '01/13/2024']],
    ['years of two digits', ['01/31/24'], 'VARCHAR', ['01/31/24']],
    ['numbers of parts', ['1-2-2003', '1-3-2003'], 'VARCHAR', ['1-2-2003', '1-3-2003']],
    ['UUIDs', ['6F9619FF-8B86-D011-B42D-00CF4FC964FF'], 'VARCHAR', ['6F9619FF-8B86-D011-B42D-00CF4FC964FF']],
    ['spaces around numbers', [' 1', '2 '], 'BIGINT', ['1', '2']],
    ['spaces around texts', [' a', 'b '], 'VARCHAR', [' a', 'b ']],
  ];
  /** all of them columns of one file; where one has fewer values, the others are missing */
  const read = async () => {
    const most = Math.max(...cases.map(([, values]) => values.length));
    const field = (text: string) => `"${text}"`;
    const rows = Array.from({ length: most }, (_, row) =>
      cases.map(([, values]) => field(values[row] ?? '')).join(','),
    );
    return readCsv({ 'a.csv': [cases.map(([name]) => field(name)).join(','), ...rows].join('\n') });
  };
  let all: ReturnType<typeof read> | undefined;
  it.each(cases)('%s', async (name, values, type, expected) => {
    const { types, rows } = await (all ??= read());
    const at = cases.findIndex(([other]) => other === name);
    expect({ type: types[name], values: rows.slice(0, values.length).map((row) => row[at]) }).toEqual({
      type,
      values: expected,
    });
  });

  it('a value that comes after the rows that are looked at first counts as well', async () => {
    const values = Array.from({ length: 5000 }, (_, i) => String(i));
    expect((await typed([...values, '1.5'])).type).toBe('DOUBLE');
    expect((await typed([...values, 'n/a'])).type).toBe('VARCHAR');
    expect((await typed([...values.map(() => ''), '2024-01-01'])).type).toBe('TIMESTAMP');
    expect((await typed([...values.map(() => ''), '7'])).type).toBe('BIGINT');
  });
});

describe('days and months', () => {
  const jan = Array.from({ length: 24 }, (_, i) => `01/${String(i + 8).padStart(2, '0')}/2024,1`);
  const feb = Array.from({ length: 12 }, (_, i) => `02/${String(i + 1).padStart(2, '0')}/2024,1`);
  const file = (rows: string[]) => `sold,amount\n${rows.join('\n')}\n`;

  it('are told apart by all files of a source together', async () => {
    const { rows, notes } = await readCsv({ 'feb.csv': file(feb), 'jan.csv': file(jan) });
    const months = rows.map(([sold]) => sold?.slice(0, 7));
    expect([
      months.length,
      months.filter((m) => m === '2024-01').length,
      months.filter((m) => m === '2024-02').length,
    ]).toEqual([36, 24, 12]);
    expect(notes).toContain('sold: time format %m/%d/%Y');
  });
  it('are refused where both orders read them, until one is said', async () => {
    await expect(readCsv({ 'feb.csv': file(feb) })).rejects.toThrow(
      'Say "csv": {"dateFormat": "%m/%d/%Y"}, or the other one',
    );
    const { rows } = await readCsv({ 'feb.csv': file(feb) }, { csv: { dateFormat: '%d/%m/%Y' } });
    expect(rows.at(-1)).toEqual(['2024-12-02 00:00:00', '1']);
    expect((await readCsv({ 'feb.csv': file(feb) }, { columns: { sold: 'string' } })).types['sold']).toBe('VARCHAR');
  });
  it('follow the column beside them that only one order reads', async () => {
    const { rows } = await readCsv({ 'a.csv': 'from,to\n01/02/2024,01/31/2024\n' });
    expect(rows).toEqual([['2024-01-02 00:00:00', '2024-01-31 00:00:00']]);
  });
});

const declaredTime: Said = { columns: { t: 'timestamp' } };

describe('what a source says of its text', () => {
  const cases: [string, CsvFormat, string | Buffer, (string | null)[][]][] = [
    ['the delimiter', { delimiter: ';' }, 'a;b,c\n1;2\n', [['1', '2']]],
    ['a space, also around quoted names', { delimiter: ' ' }, '"a" "b" c\n"1" x 2\n', [['1', 'x', '2']]],
    ['sep=; in the line that is skipped', { skip: 1 }, 'sep=;\na;b\n1;x,y\n', [['1', 'x,y']]],
    [
      'other texts that are missing: an empty one is too',
      { nullValues: ['-'] },
      'a,b\n,-\n1,2\n',
      [
        [null, null],
        ['1', '2'],
      ],
    ],
    [
      'none that are missing but the empty one',
      { nullValues: [] },
      'a,b\n,NA\n1,x\n',
      [
        [null, 'NA'],
        ['1', 'x'],
      ],
    ],
    ['sep=; in the first line', {}, 'sep=;\na;b\n1;x,y\n', [['1', 'x,y']]],
    ['a tab, found out', {}, 'a\tb\n1\tx y\n', [['1', 'x y']]],
    [
      'a semicolon, found out',
      {},
      'a;b\n1,5;x\n2,5;y\n',
      [
        ['1,5', 'x'],
        ['2,5', 'y'],
      ],
    ],
    [
      'decimal commas',
      { decimal: ',', thousands: '.' },
      'a;b\n1.234,5;x\n-2,5;y\n',
      [
        ['1234.5', 'x'],
        ['-2.5', 'y'],
      ],
    ],
    [
      'thousands',
      { thousands: ',' },
      'a,b\n"1,234",x\n12,y\n',
      [
        ['1234', 'x'],
        ['12', 'y'],
      ],
    ],
    [
      'no header',
      { header: false },
      '1,x\n2,y\n',
      [
        ['1', 'x'],
        ['2', 'y'],
      ],
    ],
    ['no quotes', { quote: '' }, 'a,b\n"x,y"\n', [['"x', 'y"']]],
    ['a backslash before quotes', { escape: '\\' }, 'a,b\n"x\\"y, z",2\n', [['x"y, z', '2']]],
    [
      'comments',
      { comment: '#' },
      '# made today\na,b\n1,x\n# 5\n2,"# y"\n',
      [
        ['1', 'x'],
        ['2', '# y'],
      ],
    ],
    ['lines before the header', { skip: 2 }, 'Report\n"of, today\na,b\n1,x\n', [['1', 'x']]],
    ['Latin-1', { encoding: 'latin-1' }, Buffer.from('a,b\n1,caf\xe9\n', 'latin1'), [['1', 'café']]],
    ['UTF-16 by its mark', {}, Buffer.from('\ufeffa,b\n1,čaj\n', 'utf16le'), [['1', 'čaj']]],
    ['UTF-8 with a mark', {}, '\ufeffa,b\n1,x\n', [['1', 'x']]],
    [
      'true and false',
      { trueValues: ['Y'], falseValues: ['N'] },
      'a,b\nY,1\nN,2\n',
      [
        ['true', '1'],
        ['false', '2'],
      ],
    ],
    [
      'what is missing',
      { nullValues: ['-'] },
      'a,b\n-,NA\n2,\n',
      [
        [null, 'NA'],
        ['2', null],
      ],
    ],
    [
      'a time zone',
      { timeZone: 'Europe/Berlin' },
      'a,b\n2024-07-01 10:00:00,2024-07-01\n',
      [['2024-07-01 08:00:00', '2024-07-01 00:00:00']],
    ],
    [
      'two kinds of line ends',
      {},
      'a,b\r\n1,x\n2,"y\r\nz"\r\n',
      [
        ['1', 'x'],
        ['2', 'y\r\nz'],
      ],
    ],
    [
      'empty lines',
      {},
      '\n\na,b\n1,x\n\n2,y\n\n',
      [
        ['1', 'x'],
        ['2', 'y'],
      ],
    ],
  ];
  it.each(cases)('%s', async (_, csv, text, rows) => {
    expect((await readCsv({ 'a.csv': text }, { csv })).rows).toEqual(rows);
  });

  it('compression, by the name of the file', async () => {
    expect((await readCsv({ 'a.csv.gz': gzipSync('a,b\n1,x\n') })).rows).toEqual([['1', 'x']]);
    const zstd = Buffer.from('KLUv/QBYQQAAYSxiCjEseAo=', 'base64');
    expect((await readCsv({ 'a.csv.zst': zstd })).rows).toEqual([['1', 'x']]);
    await expect(readCsv({ 'a.csv.gz': gzipSync('a,b\n1,x\n').subarray(0, 20) })).rejects.toThrow(
      'a.csv.gz cannot be unpacked',
    );
    const member = gzipSync('2,y\n');
    const twice = Buffer.concat([gzipSync('a,b\n1,x\n'), member]);
    const padded = Buffer.concat([twice, Buffer.alloc(2_000_000)]);
    for (const bytes of [twice, padded])
      expect((await readCsv({ 'a.csv.gz': bytes })).rows).toEqual([
        ['1', 'x'],
        ['2', 'y'],
      ]);
    member[0] = 0;
    for (const after of [member, Buffer.from('garbage'), Buffer.concat([Buffer.alloc(2_000_000), member])])
      await expect(readCsv({ 'a.csv.gz': Buffer.concat([twice, after]) })).rejects.toThrow(
        'a.csv.gz cannot be unpacked',
      );
  });
  it('types, whose values are then all of that type, or the line is named', async () => {
    const read = await readCsv(
      { 'a.csv': 'zip,vip,n\n02001,F,007\n' },
      { columns: { zip: 'string', vip: 'boolean', n: 'integer' } },
    );
    expect(read.rows).toEqual([['02001', 'false', '7']]);
    await expect(readCsv({ 'a.csv': 'n,t\n1,"x\ny"\nz,2\n' }, { columns: { n: 'integer' } })).rejects.toThrow(
      'a.csv: line 4: column "n" is declared to be integer',
    );
    await expect(
      readCsv({ 'a.csv': `n,t\n${'1,\n'.repeat(1500)}1,31/12/2024\n1,soon\n` }, declaredTime),
    ).rejects.toThrow('a.csv: line 1503: column "t" is declared to be timestamp');
    await expect(readCsv({ 'a.csv': `n,t\n${'1,\n'.repeat(1500)}1,soon\n1,\n` }, declaredTime)).rejects.toThrow(
      'line 1502',
    );
    await expect(readCsv({ 'a.csv': 'n,t\n1,soon\n' }, declaredTime)).rejects.toThrow('line 2');
    expect((await readCsv({ 'a.csv': 'n,t\n1,\n2,\n' }, declaredTime)).types).toEqual({ n: 'BIGINT', t: 'TIMESTAMP' });
    await expect(readCsv({ 'a.csv': 'n,t\n1,2\n' }, { columns: { m: 'integer' } })).rejects.toThrow(
      'columns: there is no column "m"',
    );
  });
});

describe('columns', () => {
  it('of all files are one table: what a file does not have is missing in its rows', async () => {
    const { rows, types, notes } = await readCsv({ '1.csv': 'a,b\n1,x\n', '2.csv': 'b,a,c\ny,2,5\n', '3.csv': '' });
    expect(Object.keys(types)).toEqual(['a', 'b', 'c']);
    expect(rows).toEqual([
      ['1', 'x', null],
      ['2', 'y', '5'],
    ]);
    expect(notes).toContain('"c" is in 1 of 2 files: missing in the rows of the others');
  });
  it('without a name, or with one that is there before, get another one, and it is told', async () => {
    const { types, notes } = await readCsv({ 'a.csv': ',a,A,b\n1,2,3,4\n' });
    expect(Object.keys(types)).toEqual(['column1', 'a', 'A_1', 'b']);
    expect(notes).toEqual(
      expect.arrayContaining([
        'column 1 is called column1: it has no name',
        'column 3 is called A_1: its name is there before',
      ]),
    );
  });
  it('that are almost numbers are told, with the first row that is none', async () => {
    const values = Array.from({ length: 344 }, (_, i) => (i === 100 || i === 200 ? 'n/a' : String(3000 + i)));
    const { notes } = await readCsv({ 'a.csv': column(values) });
    expect(notes).toContain('x is text: 342 of 344 values are numbers; row 101 says n/a');
  });
  it('of a file that shares none with the first one are not mixed with it', async () => {
    await expect(readCsv({ '1.csv': 'a,b\n1,x\n', '2.csv': 'q,z\n2,5\n' })).rejects.toThrow(
      '2.csv: line 1 names no column of 1.csv',
    );
  });
});
