import { afterAll, describe, expect, it } from 'vitest';
import type { SourceSchema } from '../../../schemas/index.js';
import { sourceFolder } from './collected.js';
import { queried } from './queried.js';

const folder = sourceFolder();
afterAll(() => folder.close());

type Evolution = 'fail' | 'warn' | 'adapt';
type Asked = Parameters<typeof folder.collect>[1];
let files = 0;

const written = (text: string, format = 'csv') => {
  const name = `f${files++}.${format}`;
  folder.write(name, text);
  return name;
};
/** What a first collection of a text knows of its columns. */
const schemaOf = ({ schemas: [schema] }: { schemas: SourceSchema[] }) =>
  schema ?? { source: '', options: null, columns: [] };
const known = async (text: string, format = 'csv'): Promise<SourceSchema> =>
  schemaOf(await folder.collect(written(text, format)));
const later = (pinned: SourceSchema, text: string, { format = 'csv', ...more }: Asked & { format?: string } = {}) =>
  folder.collect(written(text, format), { pinned, ...more });
const by = (evolution: Evolution) => ({ rules: { evolution } });

describe('a later collection of a CSV is read by the types that the dataset knows', () => {
  it.each([
    ['texts of which only numbers came', 'v\nA1\nB2\n', 'v\n007\n12\n', 'string', ['007', '12']],
    ['texts of which only true and false came', 'v\nyes\ntrue\n', 'v\ntrue\nfalse\n', 'string', ['true', 'false']],
    ['texts of which only days came', 'v\nsoon\n2024-01-01\n', 'v\n2024-01-01\n', 'string', ['2024-01-01']],
    ['numbers that all are whole', 'v\n1.5\n2\n', 'v\n3\n4\n', 'number', [3, 4]],
    ['whole numbers written with a point', 'v\n1\n2\n', 'v\n3.0\n4\n', 'integer', ['3', '4']],
    ['a column without any value', 'v,w\n1.5,1\n', 'v,w\n,1\nNA,2\n', 'number', [null, null]],
  ])('%s', async (_, before, now, type, values) => {
    const done = await later(await known(before), now, by('fail'));
    expect(done.types['v']).toBe(type);
    expect(done.column('v')).toEqual(values);
    expect(done.changes).toEqual([]);
  });

  it('reads days in the order that the earlier ones showed', async () => {
    const either = 'v\n01/02/2024\n';
    const dayFirst = await later(await known('v\n31/12/2023\n'), either, by('fail'));
    const monthFirst = await later(await known('v\n12/31/2023\n'), either, by('fail'));
    expect([dayFirst, monthFirst].map((done) => new Date(String(done.rows[0]?.['v'])).toISOString())).toEqual([
      '2024-02-01T00:00:00.000Z',
      '2024-01-02T00:00:00.000Z',
    ]);
  });

  it('a column that never held a value takes the type that it shows first, and keeps it', async () => {
    const empty = await known('v,w\n,1\n');
    expect(empty.columns[0]).toEqual({ name: 'v', type: null, timeFormat: null });
    const filled = await later(empty, 'v,w\n1.5,1\n');
    expect(filled.types['v']).toBe('number');
    expect(filled.changes).toEqual([]);
    expect(schemaOf(filled).columns[0]?.type).toBe('number');
  });
});

describe('what is no longer what the dataset knows', () => {
  const before = 'id,fare,at\n1,2.5,2024-01-01\n2,3,2024-01-02\n';

  it.each([
    ['added', 'id,fare,at,tip\n1,2.5,2024-01-01,1\n', { kind: 'added', column: 'tip', is: 'integer' }, '"tip" is new'],
    ['removed', 'id,at\n1,2024-01-01\n', { kind: 'removed', column: 'fare', was: 'number' }, '"fare" is gone'],
    [
      'retyped',
      'id,fare,at\n1,2.5,2024-01-01\n2,free,2024-01-02\n',
      {
        kind: 'retyped',
        column: 'fare',
        was: 'number',
        is: 'string',
        first: expect.stringMatching(/^f\d+\.csv: line 3$/),
      },
      '"fare" is string and was number (first in',
    ],
    [
      'other times',
      'id,fare,at\n1,2.5,31/01/2024\n',
      { kind: 'retyped', column: 'at', was: 'timestamp ISO 8601', is: 'timestamp %d/%m/%Y' },
      '"at" is timestamp %d/%m/%Y and was timestamp ISO 8601',
    ],
    ['reordered', 'at,id,fare\n2024-01-01,1,2.5\n', { kind: 'reordered', column: null }, 'come in another order'],
  ])('is named, and is an error, told, or known from then on: %s', async (_, text, change, words) => {
    const pinned = await known(before);
    const name = written(text);
    const warned = await folder.collect(name, { pinned });
    const adapted = await folder.collect(name, { pinned, ...by('adapt') });
    expect(warned.changes).toEqual([expect.objectContaining({ source: 's', ...change })]);
    expect(warned.read[0]).toContain(words);
    expect(warned.read).toContain('say "evolution": "adapt" to make it what the dataset knows from now on');
    expect(schemaOf(warned)).toEqual(pinned);
    expect(adapted.changes).toEqual(warned.changes);
    expect(adapted.column('id')).toEqual(warned.column('id'));
    const next = await folder.collect(name, { pinned: schemaOf(adapted) });
    expect(next.changes).toEqual([]);
    const refusal = await folder.refusal(name, { pinned, ...by('fail') });
    expect(refusal).toContain('SCHEMA_CHANGED: The columns are not those of the dataset');
    expect(refusal).toContain(words);
  });

  it('keeps the order of the dataset, so that equal content stays the same version', async () => {
    const first = await folder.collect(written(before));
    const moved = 'at,id,fare\n2024-01-01,1,2.5\n2024-01-02,2,3\n';
    const again = await later(schemaOf(first), moved);
    expect(again.content.columns).toEqual(first.content.columns);
    expect(again.rows).toEqual(first.rows);
  });

  it('equal content has an equal profile, to the last bit, whichever way its rows came', async () => {
    const rows = `SELECT i, CASE WHEN i BETWEEN 100000 AND 230000 THEN 0.1 ELSE i % 97 / 7 END AS a,
      CASE WHEN i > 123000 THEN 0.3 END AS n, TIMESTAMP '2024-01-01' + to_seconds(i) AS t FROM range(400000) r(i)`;
    await queried(`COPY (${rows}) TO '${folder.path('rows.csv')}' (HEADER)`);
    await queried(`COPY (SELECT t, n, a, i FROM (${rows})) TO '${folder.path('turned.csv')}' (HEADER)`);
    const plain = await folder.collect('rows.csv');
    const windowed = { rules: { window: { column: 't', from: '2000-01-01' } } };
    const others = [
      await folder.collect('rows.csv', windowed),
      await folder.collect('rows.csv', { rules: { orderBy: ['i'] } }),
      await folder.collect('turned.csv', { pinned: schemaOf(plain) }),
    ];
    for (const other of others) expect(other.content.profile).toEqual(plain.content.profile);
  });

  it('is no change where a person declared it', async () => {
    const done = await later(await known(before), 'id,fare,at\n1,2.5,2024-01-01\n', { columns: { fare: 'string' } });
    expect(done.types['fare']).toBe('string');
    expect(done.changes).toEqual([]);
    expect(schemaOf(done).columns[1]).toEqual({ name: 'fare', type: 'string', timeFormat: null });
  });

  it('is named where what was asked for no longer works', async () => {
    const pinned = await known(before);
    const rules = { sql: 'SELECT id, fare * 2 AS twice FROM s', orderBy: ['id'] };
    const refusal = await folder.refusal(written('id,price,at\n1,2.5,2024-01-01\n'), { pinned, rules });
    expect(refusal).toMatch(
      /^SQL_FAILED: .*fare.* Since the dataset's newest version: s: "price" is new .*"fare" is gone/s,
    );
  });

  it('names are the same in large and small letters, and stay as the dataset writes them', async () => {
    const done = await later(await known(before), 'ID,Fare,at\n1,2.5,2024-01-01\n', by('fail'));
    expect(done.content.columns.map(({ name }) => name)).toEqual(['id', 'fare', 'at']);
    const adapted = await later(await known(before), 'ID,Fare,at\n1,2.5,2024-01-01\n', by('adapt'));
    expect(adapted.content.columns.map(({ name }) => name)).toEqual(['ID', 'Fare', 'at']);
  });
});

describe('what is known', () => {
  const refused = async (pinned: SourceSchema, text: string, more: Asked & { format?: string } = {}) =>
    folder.refusal(written(text, more.format), { pinned, ...more, ...by('fail') });

  it.each([
    ['commas that are said to be decimal', 'i;v\n1;1,5\n', 'i;v\n1;1,5\n', { decimal: ',' } as const, 'number'],
    ['a format of days that is said', 'v\n31.12.23\n', 'v\n31.12.23\n', { dateFormat: '%d.%m.%y' }, 'timestamp'],
  ])('leaves text where something else is said of the format: %s', async (_, before, now, csv, type) => {
    const adapted = await later(await known(before), now, { ...by('adapt'), csv });
    expect(adapted.types['v']).toBe(type);
    expect(adapted.changes).toContainEqual(expect.objectContaining({ kind: 'retyped', was: 'string', is: type }));
    const warned = await later(await known(before), now, { csv });
    expect(warned.changes).toEqual(adapted.changes);
    const next = await later(schemaOf(warned), now, { csv });
    expect([next.types['v'], next.changes]).toEqual([type, []]);
  });

  it('stays text in a mended file, and says what makes it a number', async () => {
    const pinned = await known('v\n1\noops\n');
    const done = await later(pinned, 'v\n1\n2\n', by('adapt'));
    expect(done.types['v']).toBe('string');
    expect(done.read).toContain(
      'v is text, as the dataset knows it: every value is a number, and "columns" makes it one',
    );
    const declared = await later(pinned, 'v\n1\n2\n', { columns: { v: 'integer' } });
    expect((await later(schemaOf(declared), 'v\n3\n', by('fail'))).types['v']).toBe('integer');
  });

  it('counts what is said of the format as known: numbers whose commas are forgotten are no other numbers', async () => {
    const first = await folder.collect(written('v\n1.000\n2.500\n'), { csv: { thousands: '.', decimal: ',' } });
    expect(first.column('v')).toEqual(['1000', '2500']);
    expect(await refused(schemaOf(first), 'v\n1.000\n2.500\n')).toMatch(
      /^SCHEMA_CHANGED: .*what is said of its format is nothing, and was \{"csv":\{"decimal":",","thousands":"\."\}\}/,
    );
  });

  it('is not forgotten over a window without values: the order of days, and a declared type', async () => {
    const empty = await later(await known('v,i\n31/12/2023,1\n'), 'v,i\n,1\n', by('adapt'));
    expect(schemaOf(empty).columns[0]).toEqual({ name: 'v', type: 'timestamp', timeFormat: '%d/%m/%Y' });
    expect(await refused(schemaOf(empty), 'v,i\n01/13/2024,1\n')).toContain('SCHEMA_CHANGED');
    const said = await later(await known('v,i\nA1,1\n'), 'v,i\n,1\n', { columns: { v: 'string' } });
    expect((await later(schemaOf(said), 'v,i\n12,1\n', by('fail'))).types['v']).toBe('string');
  });

  it('a new column that is declared is no change, and known from then on', async () => {
    const done = await later(await known('i\n1\n'), 'i,tip\n1,2\n', { columns: { tip: 'number' }, ...by('fail') });
    expect(schemaOf(done).columns[1]).toEqual({ name: 'tip', type: 'number', timeFormat: null });
  });

  it.each([
    ['a text that becomes an object', '{"i":1,"a":"x"}\n', '{"i":1,"a":{"b":1}}\n'],
    ['an object that becomes a text', '{"i":1,"a":{"b":1}}\n', '{"i":1,"a":"x"}\n'],
  ])('an object is of no type: %s', async (_, before, now) => {
    const rules = { sql: 'SELECT i, a::VARCHAR AS a FROM s', orderBy: ['i'] };
    const pinned = schemaOf(await folder.collect(written(before, 'jsonl'), { rules }));
    const refusal = await folder.refusal(written(now, 'jsonl'), { pinned, rules: { ...rules, evolution: 'fail' } });
    expect(refusal).toMatch(/^SCHEMA_CHANGED: .*"a" is (nested|string) and was (nested|string)/);
  });

  it('times with a zone are written otherwise than times without', async () => {
    const pinned = await known('{"v":"2024-01-01T10:00:00+02:00"}\n', 'jsonl');
    expect(await refused(pinned, '{"v":"2024-01-01T10:00:00"}\n', { format: 'jsonl' })).toContain(
      '"v" is timestamp ISO 8601 and was timestamp ISO 8601 with a zone',
    );
  });

  it('keys of an object have no order', async () => {
    const pinned = await known('{"a":1,"b":2}\n', 'jsonl');
    const done = await later(pinned, '{"b":2}\n{"a":1,"b":2}\n', { format: 'jsonl', ...by('fail') });
    expect(done.content.columns.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('is the type that a version gets, also where its values decide it', async () => {
    await folder.parquet('small.parquet', 'SELECT 1::UBIGINT AS n');
    await folder.parquet('large.parquet', 'SELECT 18446744073709551615::UBIGINT AS n');
    const pinned = schemaOf(await folder.collect('small.parquet'));
    expect(await folder.refusal('large.parquet', { pinned, ...by('fail') })).toContain('"n" is string and was integer');
  });
});

describe('JSON and Parquet', () => {
  it('JSON that is known as text stays text, numbers and times as they are written', async () => {
    const pinned = await known('{"zip":"A1","at":"soon","on":"x"}\n', 'jsonl');
    const done = await later(pinned, '{"zip":2001,"at":"2024-01-01","on":true}\n', { format: 'jsonl' });
    expect(done.types).toEqual({ zip: 'string', at: 'string', on: 'string' });
    expect(done.rows).toEqual([{ zip: '2001', at: '2024-01-01', on: 'true' }]);
    expect(done.changes).toEqual([]);
  });

  it('JSON numbers, and a key without values, keep their type', async () => {
    const pinned = await known('{"n":1.5,"at":"2024-01-01"}\n', 'jsonl');
    const done = await later(pinned, '{"n":2,"at":null}\n', { format: 'jsonl' });
    expect(done.types).toEqual({ n: 'number', at: 'timestamp' });
    expect(done.changes).toEqual([]);
  });

  it('a text among JSON numbers is a change', async () => {
    const done = await later(await known('{"n":1}\n', 'jsonl'), '{"n":"one"}\n', { format: 'jsonl' });
    expect(done.changes).toMatchObject([{ kind: 'retyped', column: 'n', was: 'integer', is: 'string' }]);
  });

  it('whole numbers that a writer made floating because some are missing stay whole', async () => {
    await folder.parquet('whole.parquet', 'SELECT 1::BIGINT AS n, 0.5::DOUBLE AS x');
    await folder.parquet('floating.parquet', "SELECT unnest([3, 'nan'::DOUBLE]) AS n, 2::INTEGER AS x");
    const pinned = schemaOf(await folder.collect('whole.parquet'));
    const done = await folder.collect('floating.parquet', { pinned });
    expect(done.types).toEqual({ n: 'integer', x: 'number' });
    expect(done.column('n')).toEqual(['3', null]);
    expect(done.changes).toEqual([]);
  });
});
