import { afterAll, describe, expect, it } from 'vitest';
import { sourceFolder } from '../collected.js';

const folder = sourceFolder();
afterAll(() => folder.close());

let files = 0;
async function values(list: string[], type: string) {
  const name = `p${files++}.parquet`;
  const rows = list.map((value) => `(${value}::${type})`).join(', ');
  await folder.parquet(name, `SELECT x FROM (VALUES ${rows}) t(x)`);
  return name;
}

describe('a column of Parquet', () => {
  it.each([
    ['UBIGINT', ['1', '9223372036854775807'], 'integer', ['1', '9223372036854775807']],
    ['UBIGINT', ['1', '18446744073709551615'], 'string', ['1', '18446744073709551615']],
    ['DECIMAL(18,2)', ["'1234567.89'", "'-0.01'"], 'number', [1234567.89, -0.01]],
    ['DECIMAL(20,2)', ["'123456789012345678.91'", "'1.00'"], 'string', ['123456789012345678.91', '1.00']],
    [
      'DECIMAL(38,0)',
      ["'12345678901234567890123456789012345678'"],
      'string',
      ['12345678901234567890123456789012345678'],
    ],
    ['DECIMAL(38,0)', ["'9007199254740993'"], 'integer', ['9007199254740993']],
    ['DECIMAL(9,0)', ["'12'"], 'integer', ['12']],
    ['DECIMAL(38,10)', ["'0.1'", "'12345.0000000001'"], 'number', [0.1, 12345.0000000001]],
    ['FLOAT', ["'0.1'"], 'number', [0.10000000149011612]],
    ['DATE', ["'2024-02-29'"], 'timestamp', ['2024-02-29 00:00:00']],
    ['TIMESTAMP', ["'2024-02-29 10:00:00.123456'"], 'timestamp', ['2024-02-29 10:00:00.123456']],
    ['TIMESTAMPTZ', ["'2024-02-29 10:00:00+02'"], 'timestamp', ['2024-02-29 08:00:00']],
    ['TIMESTAMP_NS', ["'2024-02-29 10:00:00.123456'"], 'timestamp', ['2024-02-29 10:00:00.123456']],
    ['TIME', ["'10:00:00.000001'"], 'string', ['10:00:00.000001']],
    ['INTERVAL', ["'1 month 2 days 00:00:03'"], 'string', ['1 month 2 days 00:00:03']],
    ['UUID', ["'0a1b2c3d-0000-4000-8000-00000000000a'"], 'string', ['0a1b2c3d-0000-4000-8000-00000000000a']],
  ] as const)('of %s is the values it had: %s', async (type, written, folded, read) => {
    const done = await folder.collect(await values([...written], type));
    expect(done.types).toEqual({ x: folded });
    expect(done.column('x')).toEqual(read);
  });

  it('tells when a number became text', async () => {
    const done = await folder.collect(await values(['18446744073709551615'], 'UBIGINT'));
    expect(done.read).toEqual(['"x" is read as text: it holds numbers of more digits than 64 bits keep']);
  });

  it.each([
    ["'ab'", 'BLOB', /holds bytes;.*base64\("x"\)/],
    ['[1, 2]', 'INTEGER[]', /holds lists;.*"x"\[1\]/],
    ["{'a': 1}", 'STRUCT(a INTEGER)', /holds objects;.*\("x"\)\.key/],
    ["'2024-02-29 10:00:00.123456789'", 'TIMESTAMP_NS', /nanoseconds.*cast\("x" as timestamp\)/],
  ])('is refused by name where a dataset cannot hold it: %s', async (value, type, why) => {
    expect(await folder.refusal(await values([value], type))).toMatch(why);
  });

  it('is taken apart by "sql" where it is refused', async () => {
    const name = await values(["'2024-02-29 10:00:00.123456789'"], 'TIMESTAMP_NS');
    const done = await folder.collect(name, {
      rules: { sql: 'select cast(x as timestamp) as x from s', orderBy: ['x'] },
    });
    expect(done.column('x')).toEqual(['2024-02-29 10:00:00.123456']);
  });
});

describe('several Parquet files', () => {
  it('are one table by the names of their columns; what they do not share is told', async () => {
    await folder.parquet('one.parquet', 'SELECT 1::INTEGER AS a, 2::INTEGER AS b');
    await folder.parquet('two.parquet', 'SELECT 1.5::DOUBLE AS b, 3::INTEGER AS a, 9 AS c');
    const done = await folder.collect(['one.parquet', 'two.parquet']);
    expect(done.rows).toEqual([
      { a: '1', b: 2, c: null },
      { a: '3', b: 1.5, c: '9' },
    ]);
    expect(done.read).toEqual([
      '"b" is INTEGER and DOUBLE in the files: read as what holds both',
      '"c" is in 1 of 2 files: missing in the rows of the others',
    ]);
  });

  const two = async (one: string, other: string) => {
    const names = [`u${files++}.parquet`, `u${files++}.parquet`];
    await folder.parquet(String(names[0]), `SELECT ${one} AS x, 1 AS a`);
    await folder.parquet(String(names[1]), `SELECT 2 AS b, ${other} AS "X"`);
    return names;
  };

  it.each([
    ['16777217::INTEGER', '1.5::FLOAT', [16777217, 1.5]],
    ['9007199254740992::BIGINT', '0.1::FLOAT', [9007199254740992, 0.10000000149011612]],
    ["'12345.67'::DECIMAL(9,2)", '1.5::DOUBLE', [12345.67, 1.5]],
    ["'1.1000000000'::DECIMAL(38,10)", "'0.25'::DECIMAL(38,2)", [1.1, 0.25]],
    ['16777217::BIGINT', "'0.01'::DECIMAL(38,2)", [16777217, 0.01]],
  ])('hold each value as it was: %s beside %s', async (one, other, read) => {
    const names = await two(one, other);
    const values = async (order: string[]) => (await folder.collect(order)).rows.map((row) => row['x'] ?? row['X']);
    expect(await values(names)).toEqual(read);
    expect(await values(names.toReversed())).toEqual(read.toReversed());
  });

  it.each([
    ["'0.0000000001'::DECIMAL(38,10)", "'0.01'::DECIMAL(38,2)"],
    ['9007199254740993::BIGINT', '1.5::DOUBLE'],
    ['9223372036854775807::BIGINT', '1.5::FLOAT'],
  ])('are refused by the column where one would change a value of another: %s beside %s', async (one, other) => {
    const names = await two(one, other);
    for (const order of [names, names.toReversed()])
      expect(await folder.refusal(order)).toMatch(/"[xX]" is .* in one file and .* in another/);
  });

  it('are refused where one would round the numbers of another', async () => {
    await folder.parquet('long.parquet', 'SELECT 9007199254740993::BIGINT AS id');
    await folder.parquet('float.parquet', 'SELECT 1.5::DOUBLE AS id');
    expect(await folder.refusal(['long.parquet', 'float.parquet'])).toMatch(
      /"id" is BIGINT in one file and a floating/,
    );
  });
});
