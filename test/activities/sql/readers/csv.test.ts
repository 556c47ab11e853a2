import { describe, expect, it } from 'vitest';
import { CsvScanner } from '../../../../activities/sql/readers/csv/scanner.js';
import { recordsOf, textRows } from '../../../../activities/sql/readers/csv/text-rows.js';
import { readCsv } from './read-csv.js';

const lines = (header: string, count: number, line: (n: number) => string) =>
  [header, ...Array.from({ length: count }, (_, i) => line(i + 1))].join('\n') + '\n';

const refusal = async (text: string | Record<string, string>) => {
  const error = await readCsv(typeof text === 'string' ? { 'a.csv': text } : text).then(
    (read) => new Error(`read ${read.rows.length} rows`),
    (e: unknown) => e as Error,
  );
  return error.message;
};

describe('a file that is no table is refused by the line', () => {
  const cases: [string, string, string][] = [
    [
      'it gets wider at row 1001',
      lines('id,visits', 3000, (n) => (n > 1000 ? `${n},1,2` : `${n},1`)),
      'line 1002 has 3 fields',
    ],
    [
      'it gets wider at row 101',
      lines('id,visits', 3000, (n) => (n > 100 ? `${n},1,2` : `${n},1`)),
      'line 102 has 3 fields',
    ],
    [
      'one line is short',
      lines('id,amount,kind', 3000, (n) => (n === 21 ? '21,5' : `${n},7.25,b`)),
      'line 22 has 2 fields',
    ],
    [
      'one line is long',
      lines('id,amount,kind', 3000, (n) => (n === 21 ? '21,5,a,b' : `${n},7.25,b`)),
      'line 22 has 4 fields',
    ],
    [
      'the last line is a total',
      `${lines('id,amount,kind', 200, (n) => `${n},7.25,b`)}Total: 200 rows\n`,
      'line 202 has 1 field,',
    ],
    ['the header alone ends with a comma', lines('id,amount,kind,', 200, (n) => `${n},7.25,b`), 'line 2 has 3 fields'],
    [
      'a quote is not closed',
      lines('id,name,age', 200, (n) => (n === 101 ? `${n},"name ${n}, x,${n}` : `${n},"name ${n}, x",${n}`)),
      'line 102 opens a quote',
    ],
    ['the last quote is not closed', 'a,b\n1,"x\n', 'line 2 opens a quote that is never closed'],
    ['the header is one name short', lines('a,b,c,d,e', 200, (n) => `${n},2,3,4,5,6`), 'line 2 has 6 fields'],
    ['text follows a quote', 'a,b\n1,"x"y\n', 'line 2 has text after a closing quote'],
    ['three lines, the last with another delimiter', 'a,b\n1,2\n3;4\n', 'line 3 has 1 field,'],
    ['two delimiters read it', 'a,b;c\n1,2;3\n', 'Say "csv": {"delimiter"'],
    ['there is no header', '1,2.5\n2,3.5\n', 'line 1 holds values and no names'],
    [
      'it is not UTF-8',
      Buffer.from('a,b\n1,caf\xe9\n', 'latin1') as unknown as string,
      'line 2 holds bytes that are no UTF-8',
    ],
    ['a carriage return stands alone', 'a,b\n1,x\ry\n', 'line 2 has a carriage return'],
  ];
  it.each(cases)('%s', async (_, text, message) => {
    expect(await refusal({ 'a.csv': text })).toContain(message);
  });
});

describe('a file is read whole', () => {
  it('whatever its name is a pattern of', async () => {
    const { rows } = await readCsv({ 'a[1].csv': 'x\n1\n', 'a1.csv': 'x\n2\n', 'a?[*.csv': 'x\n3\n' });
    expect(rows).toEqual([['1'], ['2'], ['3']]);
  });
  it.each([
    ['line feed', '"b\nc"', true],
    ['carriage return', '"b\rc"', true],
    ['neither', '"b c"', false],
  ])('by one thread where a quoted text holds a %s: two would begin in the middle of it', (_, text, isFound) => {
    const marks = { delimiter: 44, quote: 34, escape: 34, comment: -1, skip: 0 };
    const scan = new CsvScanner(marks);
    scan.push(Buffer.from(`a,x\n1,${text}\n`));
    scan.end();
    const file = { name: 'a', path: 'a', notes: [], marks, scan, readFrom: 'a', first: ['a', 'x'], names: ['a', 'x'] };
    const rows = textRows([file], {});
    expect(scan.records).toBe(2);
    expect(rows.groups.map((group) => recordsOf(rows, group).includes('parallel=false'))).toEqual([isFound]);
  });
  it('also where one text is millions of characters of three bytes', async () => {
    const text = `${'中'.repeat(1_200_000)}ab`;
    for (const begin of ['', 'x', 'xy']) {
      const { rows } = await readCsv({ 'a.csv': `a,b\n1,${begin}${text}\n` });
      expect(rows[0]?.[1] === begin + text).toBe(true);
    }
    const cut = Buffer.concat([Buffer.from(`a,b\n1,${text}`), Buffer.from('中').subarray(0, 2)]);
    await expect(readCsv({ 'a.csv': cut })).rejects.toThrow('line 2 holds bytes that are no UTF-8');
  });
  it.each(['\ufeff', '\n', '\r\n\r\n', '\ufeff\n'])('or it is empty, and that is told: %j', async (text) => {
    const { rows, notes } = await readCsv({ 'a.csv': 'a,b\n1,x\n', 'b.csv': text });
    expect(rows).toEqual([['1', 'x']]);
    expect(notes).toContain('b.csv is empty');
    expect(await refusal(text)).toContain('holds no line');
  });
  it('rows that begin with # are rows', async () => {
    const { rows, types } = await readCsv({
      'a.csv': lines('order,n', 200, (n) => `${n % 2 ? '#' : ''}${1000 + n},${n}`),
    });
    expect(rows).toHaveLength(200);
    expect(types).toEqual({ order: 'VARCHAR', n: 'BIGINT' });
  });
  it('long ids stay apart', async () => {
    const { rows, types } = await readCsv({
      'a.csv': lines('account,amount', 100, (n) => `123456789012345670${String(n).padStart(2, '0')},${n}`),
    });
    expect(types).toEqual({ account: 'VARCHAR', amount: 'BIGINT' });
    expect(new Set(rows.map(([account]) => account)).size).toBe(100);
  });
});
