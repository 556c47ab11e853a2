import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { sourceFolder } from '../collected.js';

const folder = sourceFolder();
afterAll(() => folder.close());

let files = 0;
async function lines(records: string[], more = {}) {
  const name = `f${files++}.jsonl`;
  folder.write(name, `${records.join('\n')}\n`);
  return folder.collect(name, more);
}
const refused = (text: string | Uint8Array, more = {}) => {
  const name = `f${files++}.json`;
  folder.write(name, text);
  return folder.refusal(name, more);
};

describe('a string of JSON', () => {
  it('comes out as it stands beside numbers, and the numbers as they were written', async () => {
    const done = await lines([
      '{"id": 0, "zip": 94000, "plan": "basic", "x": 1.50, "on": true}',
      '{"id": 1, "zip": "02001", "plan": "pro", "x": "1e2", "on": "no"}',
      '{"id": 2, "zip": 94002, "plan": 3, "x": 1e2, "on": 0}',
    ]);
    expect(done.types).toEqual({ id: 'integer', zip: 'string', plan: 'string', x: 'string', on: 'string' });
    expect(done.column('zip')).toEqual(['94000', '02001', '94002']);
    expect(done.column('plan')).toEqual(['basic', 'pro', '3']);
    expect(done.column('x')).toEqual(['1.50', '1e2', '1e2']);
    expect(done.column('on')).toEqual(['true', 'no', '0']);
    expect(done.read).toContain(
      '"zip" is read as text, because it holds 2 × a whole number (first in record 1), 1 × a text (first in record 2)',
    );
  });

  it.each([
    ['part numbers', ['1-2-2003', '3-4-2004']],
    ['identifiers in small letters', ['0a1b2c3d-0000-4000-8000-00000000000a']],
    ['words for yes', ['true', 'false']],
    ['numbers', ['007', '8']],
    ['a time of day', ['10:00:00']],
    ['days that do not exist', ['2023-02-31']],
    ['the year 0', ['0000-01-01']],
    ['nanoseconds', ['2023-01-01T00:00:00.123456789Z']],
    ['one that is no time', ['2023-01-01', '2023-01-02', 'soon']],
    ['day first', ['01/02/2024', '31/12/2024']],
    ['letters of all kinds', ['東京 "x"', 'a\\b', 'a\tb\n']],
  ])('stays a string: %s', async (_, texts) => {
    const done = await lines(texts.map((text) => JSON.stringify({ text })));
    expect(done.types).toEqual({ text: 'string' });
    expect(done.column('text')).toEqual(texts);
  });

  it('is a UTC time only where every string of the source is one of ISO 8601', async () => {
    folder.write('a.jsonl', '{"at":"2024-01-02","b":"2024-01-02"}\n');
    folder.write(
      'b.jsonl',
      '{"at":"2024-01-02T10:00:00.123456+02:00","b":"x"}\n{"at":null}\n{"at":"2024-01-02 10:00"}\n',
    );
    const done = await folder.collect(['a.jsonl', 'b.jsonl']);
    expect(done.types).toEqual({ at: 'timestamp', b: 'string' });
    expect(done.column('at')).toEqual([
      '2024-01-02 00:00:00',
      '2024-01-02 08:00:00.123456',
      null,
      '2024-01-02 10:00:00',
    ]);
    expect(done.read).toContain('"at": read as UTC times, because every text is one (ISO 8601)');
  });
});

describe('a number of JSON', () => {
  it('keeps every digit: whole ones to 64 bits, longer ones as text, told', async () => {
    const done = await lines([
      '{"a": 9223372036854775807, "b": 12345678901234567890, "c": 0.12345678901234567890, "d": 9007199254740993, "e": 1}',
      '{"a": -9223372036854775808, "b": 1, "c": 0.5, "d": 0.5, "e": 2.5}',
    ]);
    expect(done.types).toEqual({ a: 'integer', b: 'string', c: 'string', d: 'string', e: 'number' });
    expect(done.column('a')).toEqual(['9223372036854775807', '-9223372036854775808']);
    expect(done.column('b')).toEqual(['12345678901234567890', '1']);
    expect(done.column('c')).toEqual(['0.12345678901234567890', '0.5']);
    expect(done.column('d')).toEqual(['9007199254740993', '0.5']);
    expect(done.column('e')).toEqual([1, 2.5]);
    expect(done.read).toContain('"b" is read as text: the number in record 1 has more digits than 64 bits keep');
  });

  it.each([
    ['9007199254740993.0', 'string'],
    ['9007199254740992.0', 'number'],
    ['0.12345678901234567', 'string'],
    ['0.30000000000000004', 'number'],
    ['1108341517935820.2', 'number'],
    ['1108341517935820.3', 'number'],
    ['1e-400', 'string'],
    ['1.234567e-320', 'string'],
    ['5e-324', 'number'],
    ['-0.000', 'number'],
  ])('is a number where a double says it again, else a text: %s', async (word, type) => {
    const done = await lines([`{"a": ${word}}`]);
    expect(done.types).toEqual({ a: type });
    expect(done.column('a')).toEqual([type === 'number' ? Number(word) : word]);
  });

  it.each([
    ['{"items": {"a": 2}}', 'line 2 holds an object at "items", and no list'],
    ['{"items": "a"}', 'line 2 holds a single value at "items", and no list'],
    ['{"items": 5}', 'line 2 holds a single value at "items", and no list'],
    ['{"items": null}', 'it was collected'],
    ['{"more": {"items": 1}}', 'it was collected'],
  ])('is not lost where a page has it elsewhere than the others: %s', async (page, what) => {
    expect(await refused(`{"items": [{"a": 1}]}\n${page}\n`, { json: { records: 'items' } })).toContain(what);
  });

  it('may be NaN, which Python writes: it is missing, and told', async () => {
    const done = await lines(['{"n": 1, "x": 1.5, "t": "a"}', '{"n": NaN, "x": -Infinity, "t": NaN}']);
    expect(done.types).toEqual({ n: 'integer', x: 'number', t: 'string' });
    expect(done.rows).toEqual([
      { n: '1', x: 1.5, t: 'a' },
      { n: null, x: null, t: null },
    ]);
    expect(done.read).toContain('1 of 2 "n" are NaN or infinite, read as missing');
  });
});

describe('records of JSON', () => {
  const two = [
    { a: 1, b: 'x' },
    { a: 2, b: 'y\n' },
  ];
  it.each([
    ['lines', two.map((row) => JSON.stringify(row)).join('\n')],
    [
      'lines with blank ones between and a mark before',
      `\uFEFF${two.map((row) => JSON.stringify(row)).join('\r\n\r\n')}\r\n`,
    ],
    ['an array with a mark before', `\uFEFF${JSON.stringify(two)}`],
    ['an array over many lines', JSON.stringify(two, null, 2)],
    ['objects over many lines', two.map((row) => JSON.stringify(row, null, 1)).join('\n')],
    ['objects on one line', two.map((row) => JSON.stringify(row)).join(' ')],
  ])('are read from %s', async (_, text) => {
    const name = `f${files++}.json`;
    folder.write(name, text);
    expect((await folder.collect(name)).rows).toEqual([
      { a: '1', b: 'x' },
      { a: '2', b: 'y\n' },
    ]);
  });

  it('are read packed, and in UTF-16 with its mark', async () => {
    const text = two.map((row) => JSON.stringify(row)).join('\n');
    folder.write('packed.jsonl.gz', gzipSync(text));
    folder.write('wide.jsonl', Buffer.from(`\uFEFF${text}`, 'utf16le'));
    expect((await folder.collect(['packed.jsonl.gz', 'wide.jsonl'])).column('a')).toEqual(['1', '2', '1', '2']);
  });

  it('are read from the list that a path names', async () => {
    const page = { page: 1, data: { items: two, other: [{ a: 9 }] }, items: [{ a: 8 }] };
    folder.write('page.json', JSON.stringify(page, null, 2));
    folder.write('pages.jsonl', `${JSON.stringify(page)}\n${JSON.stringify(page)}`);
    const json = { records: 'data.items' };
    const rows = [
      { a: '1', b: 'x' },
      { a: '2', b: 'y\n' },
    ];
    expect((await folder.collect('page.json', { json })).rows).toEqual(rows);
    expect((await folder.collect(['page.json', 'pages.jsonl'], { json })).rows).toEqual([...rows, ...rows, ...rows]);
    expect(await folder.refusal('page.json', { json: { records: 'data.rows' } })).toBe(
      'SOURCE_UNREADABLE: page.json: holds no list at "data.rows".',
    );
  });

  it('have as many keys as they like, and each has those it has', async () => {
    const wide = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`k${i}`, i / 2]));
    const done = await lines([JSON.stringify(wide), '{"k3": 1, "late": "x"}']);
    expect(Object.keys(done.types)).toHaveLength(251);
    expect(done.rows[1]).toMatchObject({ k0: null, k3: 1, late: 'x' });
  });

  it('hold nested values, of which "sql" takes what it needs', async () => {
    const text = '{"id": 1, "of": {"plan": "basic", "n": [1, 2]}}\n{"id": 2, "of": null}\n';
    folder.write('nested.jsonl', text);
    expect(await folder.refusal('nested.jsonl')).toMatch(
      /SOURCE_UNREADABLE: Column "of" holds JSON objects or lists.*"of"->>'\$\.key'/,
    );
    const rules = { sql: `select id, "of"->>'$.plan' as plan, "of"->>'$.n[1]' as n from s`, orderBy: ['id'] };
    expect((await folder.collect('nested.jsonl', { rules })).rows).toEqual([
      { id: '1', plan: 'basic', n: '2' },
      { id: '2', plan: null, n: null },
    ]);
  });

  it.each([
    ['{"a": 1}\n5\n', 'record 2 (line 2) is a single value, and no object'],
    ['[[1], [2]]', 'record 1 (line 1) is a list, and no object'],
    ['[{"a": 1}] [{"a": 2}]', 'goes on after its list'],
    ['{"a": 1}\n{"a": 2', 'ends within an object or a list'],
    ['{"a": 1}\n{"a": "2', 'ends within a string'],
    ['{"a": 1}\n{"a": [2}}', 'closes what was not opened'],
    ['{"a": 1}\n{"a": soon}\n', 'record 2 (line 2) holds something that is no JSON value'],
    ['{"a": 1}\n{"a": 2, "a": 3}\n', 'duplicate key'],
    ['{"a": 1}\n{"A": 2}\n', 'differ in nothing but large and small letters'],
    ['{"": 1}\n', 'A key is empty'],
    ['{"a": 1}\n{"a" 2}\n', 'record 2 (line 2) is no JSON'],
    [Buffer.from('{"a": 1}', 'utf16le'), 'every few bytes are 0'],
    ['{}\n{}\n', 'no record with a key'],
    ['', 'no record with a key'],
    [',{"a": 1}', 'record 1 (line 1) is no JSON: there is "," where none may be'],
    ['{"a": 1},\n{"a": 2}', 'record 1 (line 1) is no JSON'],
    ['[{"a": 1},\n,{"a": 2}]', 'record 1 (line 2) is no JSON'],
    ['[{"a": 1}\n{"a": 2}]', 'record 1 (line 2) is no JSON'],
    ['[{"a": 1},\n]', 'record 1 (line 2) is no JSON'],
    ['{"a": 1,}', 'record 1 (line 1) is no JSON'],
    ['{"a": "b" "c"}', 'record 1 (line 1) is no JSON'],
  ])('are refused by what is wrong: %s', async (text, why) => {
    expect(await refused(text)).toContain(why);
  });
});
