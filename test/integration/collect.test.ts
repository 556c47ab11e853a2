import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDatabase } from '../../activities/sql/database.js';
import { SqlLimits } from '../../activities/sql/sql-job.js';
import { type DataFixture, dataFixture, partsOf, refusal } from './data-fixture.js';

let data: DataFixture;
beforeAll(async () => {
  data = dataFixture();
  data.write(
    'trips.csv',
    'id,at,fare,city\n1,2001-01-01 10:00:00,5.5,Köln\n2,2001-01-02 11:00:00,7,Łódź\n3,2001-01-03 12:00:00,,東京\n',
  );
  data.write(
    'more.jsonl',
    '{"id":4,"at":"2001-01-04T10:00:00","fare":1.25,"city":"Köln"}\n{"id":5,"at":"2001-01-05T10:00:00","fare":2,"city":null}\n',
  );
  data.write('cities.csv', 'city,country\nKöln,DE\nŁódź,PL\n');
  await data.parquet(
    'big.parquet',
    "SELECT i AS id, (i * 7919) % 10007 AS a, 'k' || (i % 97) AS b, i / 3.0 AS c FROM range(260000) t(i)",
  );
});
afterAll(() => data.close());

const trips = [{ name: 'trips', path: 'trips.csv' }];

const profileOf = async ({ profileBlob }: { profileBlob: { digest: string } }) =>
  (await data.json(profileBlob.digest)) as Record<string, unknown>[];

describe('collect', () => {
  it('turns a CSV into a dataset version with folded types and a profile', async () => {
    const { result, fact } = await data.collect({ sources: trips });
    expect(result.columns).toEqual([
      { name: 'id', type: 'integer' },
      { name: 'at', type: 'timestamp' },
      { name: 'fare', type: 'number' },
      { name: 'city', type: 'string' },
    ]);
    const fare = { name: 'fare', type: 'number', rows: 3, nulls: 1, approximateDistinct: 2 };
    expect(result.profile[2]).toEqual(fare);
    const profile = await profileOf(result);
    expect(profile[2]).toEqual({
      ...fare,
      min: 5.5,
      max: 7,
      mean: 6.25,
      standardDeviation: expect.closeTo(1.06066, 5),
    });
    expect(profile[1]?.min).toBe('2001-01-01T10:00:00.000000Z');
    expect(fact.edges?.[0]?.from).toMatch(/^source:trips\.csv#[0-9a-f]{64}$/);
    expect(fact.edges?.[0]?.to).toBe(fact.digest);
  });

  it('reads JSON lines, Parquet, globs, and joins them by SQL', async () => {
    await data.parquet('p-1.parquet', "SELECT 'Köln' AS city, 1 AS n");
    await data.parquet('p-2.parquet', "SELECT '東京' AS city, 2 AS n");
    const { result, fact } = await data.collect({
      sources: [
        ...trips,
        { name: 'more', path: 'more.jsonl' },
        { name: 'cities', path: 'cities.csv' },
        { name: 'p', path: 'p-*.parquet' },
      ],
      sql: 'with t as (select * from trips union all by name select * from more) select t.id, t.city, country, n from t left join cities using (city) left join p on p.city = t.city -- fine',
      orderBy: ['id'],
    });
    expect(await data.rows(partsOf(fact), 'SELECT id::INT AS id, city, country, n::INT AS n FROM $parts')).toEqual([
      { id: 1, city: 'Köln', country: 'DE', n: 1 },
      { id: 2, city: 'Łódź', country: 'PL', n: null },
      { id: 3, city: '東京', country: null, n: 2 },
      { id: 4, city: 'Köln', country: 'DE', n: 1 },
      { id: 5, city: null, country: null, n: null },
    ]);
    expect(result.rows).toBe(5);
    expect(fact.edges).toHaveLength(5);
  });

  it('counts a window back from the newest row, once, and says what it came to', async () => {
    data.write(
      'days.csv',
      Array.from({ length: 10 }, (_, i) => `2001-01-${10 + i},${i}`).reduce((all, line) => `${all}${line}\n`, 'at,x\n'),
    );
    const { result } = await data.collect({
      sources: [{ name: 'd', path: 'days.csv' }],
      window: { column: 'at', from: '-3 days', to: '-1 day' },
    });
    expect(result.rows).toBe(2);
    expect(result.window).toEqual({ column: 'at', from: '2001-01-16T00:00:00.000Z', to: '2001-01-18T00:00:00.000Z' });
  });

  it('keeps the rows of the window: from included, to not', async () => {
    const { fact } = await data.collect({
      sources: trips,
      window: { column: 'at', from: '2001-01-02T11:00:00Z', to: '2001-01-03T12:00' },
    });
    expect(await data.rows(partsOf(fact), 'SELECT id::INT AS id FROM $parts')).toEqual([{ id: 2 }]);
  });

  it('gives equal content the same digest, from any file, in any order, with any number of threads', async () => {
    await data.parquet(
      'big-shuffled.parquet',
      "SELECT i AS id, (i * 7919) % 10007 AS a, 'k' || (i % 97) AS b, i / 3.0 AS c FROM range(260000) t(i) ORDER BY hash(i)",
    );
    const ask = (path: string, threads: number) =>
      data.collect(
        { sources: [{ name: 's', path }], sql: 'select * from s where id <> 77', orderBy: ['b'], partRows: 100_000 },
        { threads },
      );
    const runs = [await ask('big.parquet', 1), await ask('big.parquet', 2), await ask('big-shuffled.parquet', 4)];
    expect(new Set(runs.map((run) => run.fact.digest)).size).toBe(1);
    expect(new Set(runs.map((run) => JSON.stringify(run.fact.body))).size).toBe(1);
    expect(partsOf(runs[0]!.fact)).toHaveLength(3);
    const other = await data.collect({
      sources: [{ name: 's', path: 'big.parquet' }],
      sql: 'select * from s where id <> 78',
      orderBy: ['b'],
    });
    expect(other.fact.digest).not.toBe(runs[0]!.fact.digest);
  });

  it('takes hostile and foreign column names for names', async () => {
    data.write('names.csv', '"""; drop table x; --",größe,"a\'b","sel ect"\n1,2,3,4\n2,3,4,5\n');
    const sources = [{ name: 'n', path: 'names.csv' }];
    const names = ['"; drop table x; --', 'größe', "a'b", 'sel ect'];
    const expectations = [
      { kind: 'unique', columns: names },
      ...names.map((column) => ({ kind: 'range', column, max: 4, severity: 'quarantine' })),
    ];
    const { result } = await data.collect({ sources, orderBy: names, expectations });
    expect(result.columns.map((column) => column.name)).toEqual(names);
    expect(result.validation.rowsQuarantined).toBe(1);
  });

  it('takes NaN, infinite numbers and those beyond float32 for missing, and tells how many', async () => {
    const numbers = "['NaN', 'Infinity', '-Infinity', '1e39', '1', '3']::DOUBLE[]";
    await data.parquet('infinite.parquet', `SELECT unnest(${numbers}) AS x`);
    const { result } = await data.collect({ sources: [{ name: 'i', path: 'infinite.parquet' }] });
    expect((await profileOf(result))[0]).toMatchObject({ rows: 6, nulls: 4, min: 1, max: 3, mean: 2 });
    expect(result.read).toEqual([
      '1 of 6 "x" are NaN, read as missing',
      '2 of 6 "x" are infinite, read as missing',
      '1 of 6 "x" are beyond 3.4e38, which no model can tell from infinity, read as missing',
    ]);
  });

  it('takes 500 columns and columns without any value', async () => {
    const list = Array.from({ length: 500 }, (_, i) => (i % 2 ? `null AS c${i}` : `(i * ${i}) % 100 AS c${i}`));
    await data.parquet('wide.parquet', `SELECT ${list.join(', ')} FROM range(50) t(i)`);
    const { result } = await data.collect({ sources: [{ name: 'w', path: 'wide.parquet' }], orderBy: ['c2'] });
    expect(result.columns).toHaveLength(500);
    expect((await profileOf(result))[1]).toMatchObject({ nulls: 50, min: null, mean: null });
  });

  it('ends with a message of bounded size, however wide the table and however many its rules', async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `column number ${i}`);
    await data.parquet(
      'widest.parquet',
      `SELECT ${names.map((name, i) => `${i} AS "${name}"`).join(', ')} FROM range(3)`,
    );
    const broken = { kind: 'allowedValues', values: names.slice(0, 100), severity: 'warn' };
    const expectations = names.slice(0, 100).map((column) => ({ kind: 'notNull', column, severity: 'warn' }));
    const { result, fact } = await data.collect({
      sources: [{ name: 'w', path: 'widest.parquet' }],
      expectations: [...expectations, ...names.slice(0, 60).map((column) => ({ ...broken, column }))],
    });
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(200_000);
    expect(result.columnCount).toBe(2000);
    expect(result.columns.length).toBeGreaterThan(400);
    expect(result.columns).toEqual(names.slice(0, result.columns.length).map((name) => ({ name, type: 'integer' })));
    expect(result.profile.map(({ name }) => name)).toEqual(result.columns.map(({ name }) => name));
    expect(await profileOf(result)).toHaveLength(2000);
    expect(await data.json(fact.digest)).toMatchObject({ columns: expect.objectContaining({ length: 2000 }) });
    expect(result.validation.results.slice(0, 20).map(({ passed }) => passed)).toEqual(Array(20).fill(false));
    expect(await data.json(result.validation.report?.digest ?? '')).toHaveLength(160);
  });

  it('folds decimals, dates, zones and enums, and refuses lists by name', async () => {
    await data.parquet(
      'types.parquet',
      "SELECT 1.5::DECIMAL(9,2) AS d, DATE '2001-02-03' AS day, TIMESTAMPTZ '2001-02-03 04:05:06+02' AS tz, 'a'::ENUM('a','b') AS e, uuid() AS u, 1::HUGEINT AS h, true AS t",
    );
    const { result, fact } = await data.collect({ sources: [{ name: 't', path: 'types.parquet' }] });
    expect(result.columns.map((column) => column.type)).toEqual([
      'number',
      'timestamp',
      'timestamp',
      'string',
      'string',
      'number',
      'boolean',
    ]);
    expect(await data.rows(partsOf(fact), 'SELECT day::VARCHAR AS day, tz::VARCHAR AS tz FROM $parts')).toEqual([
      { day: '2001-02-03 00:00:00', tz: '2001-02-03 02:05:06' },
    ]);
    await data.parquet('list.parquet', 'SELECT [1, 2] AS numbers');
    const refused = await refusal(data.collect({ sources: [{ name: 'l', path: 'list.parquet' }] }));
    expect(refused).toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringContaining('Column "numbers" holds lists'),
    });
  });
});

describe('expectations', () => {
  const rows = (expectations: unknown[]) => data.collect({ sources: trips, expectations });

  it('stops at a rule that fails, naming rule, column, count and where values are', async () => {
    const refused = await refusal(rows([{ kind: 'range', column: 'fare', max: 6 }]));
    expect(refused.code).toBe('EXPECTATION_FAILED');
    expect(refused.message).toMatch(
      /^range\(fare\) does not hold: 1 of 3 rows\. Some of these values are in file:.*[0-9a-f]{64}$/,
    );
    expect(await data.json(refused.message.slice(-64))).toMatchObject({
      rule: 'range',
      samples: ['7.0'],
      failedRows: 1,
    });
    const missing = await refusal(rows([{ kind: 'notNull', column: 'fare' }]));
    expect(await data.json(missing.message.slice(-64))).toMatchObject({ samples: ['null'] });
    expect(await refusal(rows([{ kind: 'rowCount', min: 4 }]))).toMatchObject({
      message: 'rowCount does not hold: 3 rows.',
    });
  });

  it('sets bad rows aside with the names of the rules they broke', async () => {
    const { result, fact } = await rows([
      { kind: 'range', column: 'fare', max: 6, severity: 'quarantine' },
      { kind: 'allowedValues', column: 'city', values: ['Köln', '東京'], severity: 'quarantine' },
      { kind: 'notNull', column: 'fare', severity: 'warn' },
    ]);
    expect(result).toMatchObject({ rows: 2, validation: { passed: false, rowsRead: 3, rowsQuarantined: 1 } });
    expect(result.validation.results.map((r) => r.failedRows)).toEqual([1, 1, 1]);
    expect(partsOf(fact, 'quarantine')).toEqual([result.validation.quarantineDigest]);
    const aside = await data.rows(partsOf(fact, 'quarantine'), 'SELECT id::INT AS id, "failed rules" FROM $parts');
    expect(aside).toEqual([{ id: 2, 'failed rules': 'allowedValues(city), range(fare)' }]);
  });

  it('says nothing of the data but how much of it there is', async () => {
    data.write('canary.csv', 'id,at,word,number\n1,2031-07-19 13:37,canary word,271828.25\n2,2031-07-20 13:37,x,1\n');
    const canaries = /canary word|271828|2031-07/;
    const input = (severity: string) => ({
      sources: [{ name: 'c', path: 'canary.csv' }],
      expectations: [
        { kind: 'allowedValues', column: 'word', values: ['x'], severity },
        { kind: 'range', column: 'number', max: 1000, severity },
        { kind: 'unique', columns: ['word'], severity },
      ],
    });
    for (const severity of ['warn', 'quarantine'] as const) {
      const { result } = await data.collect(input(severity));
      expect(JSON.stringify(result)).not.toMatch(canaries);
      expect(JSON.stringify(await data.json(result.validation.report?.digest ?? ''))).toMatch('canary word');
    }
    const failing = await data.collect(input('fail')).catch((error: unknown) => error);
    expect(inspect(failing, { depth: 9 })).toContain('allowedValues(word) does not hold: 1 of 2 rows');
    expect(inspect(failing, { depth: 9 })).not.toMatch(canaries);
  });

  it.each([
    ['broken.csv', "id,n\n1,2\n2,'x\n", 'select n::int as n from c'],
    ['words.csv', 'n\ncanary word\n', 'select n::int as n from c'],
    ['quoted.csv', 'n\n"canary ""word"\n', 'select n::timestamp as n from c'],
    ['large.csv', 'n\n27182818284\n', 'select n::tinyint as n from c'],
    ['json.csv', 'n\n{"canary word\n', 'select n::json as n from c'],
  ])('quotes no value of the data in an error either: %s', async (path, text, sql) => {
    data.write(path, text);
    const failing = await data
      .collect({ sources: [{ name: 'c', path }], sql, orderBy: ['n'] })
      .catch((e: unknown) => e);
    expect(inspect(failing, { depth: 9 })).toMatch(/SQL_FAILED|SOURCE_UNREADABLE/);
    expect(inspect(failing, { depth: 9 })).not.toMatch(/canary|27182818284/);
  });

  it('keeps the first of rows that should be unique', async () => {
    data.write('twice.csv', 'k,v\na,1\na,2\nb,3\n');
    const { fact } = await data.collect({
      sources: [{ name: 't', path: 'twice.csv' }],
      expectations: [{ kind: 'unique', columns: ['k'], severity: 'quarantine' }],
    });
    expect(await data.rows(partsOf(fact), 'SELECT v::INT AS v FROM $parts')).toEqual([{ v: 1 }, { v: 3 }]);
  });

  it('makes a column numbers again once the rows that are none are set aside', async () => {
    data.write('dirty.csv', 'x,y\n1,1.5\n2,2\noops,3\n');
    const sources = [{ name: 'd', path: 'dirty.csv' }];
    const { result } = await data.collect({
      sources,
      expectations: [{ kind: 'type', column: 'x', type: 'integer', severity: 'quarantine' }],
    });
    expect(result).toMatchObject({
      rows: 2,
      columns: [
        { name: 'x', type: 'integer' },
        { name: 'y', type: 'number' },
      ],
    });
    expect(
      await refusal(data.collect({ sources, expectations: [{ kind: 'type', column: 'y', type: 'integer' }] })),
    ).toMatchObject({ code: 'EXPECTATION_FAILED' });
  });

  it('refuses a rule about a column that is not there', async () => {
    expect(await refusal(rows([{ kind: 'notNull', column: 'price' }]))).toMatchObject({
      code: 'SCHEMA_CHANGED',
      message: expect.stringContaining('"price"'),
    });
  });
});

describe('what a source may be', () => {
  const from = (path: string, more: Record<string, unknown> = {}) =>
    refusal(data.collect({ sources: [{ name: 's', path, ...more }] }));

  it('says that nothing is there', async () => {
    expect((await from('missing.csv')).code).toBe('SOURCE_NOT_FOUND');
    expect((await from('missing-*.csv')).code).toBe('SOURCE_NOT_FOUND');
  });

  it('never leaves the allowed folders, by path, by dots, by link or by glob', async () => {
    const outside = join(data.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret.csv'), 'a\n1\n');
    symlinkSync(join(outside, 'secret.csv'), join(data.sources, 'link.csv'));
    symlinkSync(outside, join(data.sources, 'folder'));
    for (const path of [
      join(outside, 'secret.csv'),
      '../outside/secret.csv',
      'link.csv',
      'folder/secret.csv',
      'folder/*.csv',
      '../outside/*.csv',
      '/etc/passwd',
      'lin*.csv',
    ]) {
      expect([path, (await from(path, { format: 'csv' })).code]).toEqual([path, 'SOURCE_NOT_ALLOWED']);
    }
  });

  it('says what cannot be read', async () => {
    data.write('broken.parquet', 'not parquet at all');
    const broken = await from('broken.parquet');
    expect(broken).toMatchObject({ code: 'SOURCE_UNREADABLE', message: expect.stringContaining('broken.parquet') });
    expect(broken.message).not.toContain(data.folder);
    data.write('latin1.csv', Buffer.from('name,n\nM\xfcller,1\n', 'latin1'));
    expect((await from('latin1.csv')).code).toBe('SOURCE_UNREADABLE');
    data.write('strange.bin', 'x');
    expect((await from('strange.bin')).code).toBe('SOURCE_UNREADABLE');
  });

  it.skipIf(process.getuid?.() === 0)('says that permission is missing', async () => {
    data.write('locked.csv', 'a\n1\n');
    chmodSync(join(data.sources, 'locked.csv'), 0);
    expect((await from('locked.csv')).code).toBe('SOURCE_UNREADABLE');
  });

  it('says that no row is left', async () => {
    data.write('empty.csv', 'a,b\n');
    expect((await from('empty.csv')).code).toBe('EMPTY_DATASET');
    const none = await refusal(data.collect({ sources: trips, window: { column: 'at', from: '2005-01-01' } }));
    expect(none).toMatchObject({ code: 'EMPTY_DATASET', message: expect.stringContaining('2005-01-01 <= at') });
  });
});

describe('SQL that a person wrote', () => {
  const ask = (sql: string, more = {}) => refusal(data.collect({ sources: trips, sql, orderBy: ['id'] }, more));

  it('is one plain SELECT over the sources and nothing else', async () => {
    const target = join(data.folder, 'stolen.csv');
    const secret = join(data.sources, 'cities.csv');
    const attacks = [
      'select * from trips; drop table trips',
      `copy trips to '${target}'`,
      "select * from enable_logging(storage='file')",
      `select * from read_csv('${secret}')`,
    ];
    for (const sql of attacks) expect([sql, (await ask(sql)).code]).toEqual([sql, 'SQL_REFUSED']);
    expect(existsSync(target)).toBe(false);
  });

  it('could not open a file even if it passed the first wall', async () => {
    const secret = join(data.sources, 'cities.csv');
    const directory = mkdtempSync(join(data.folder, 'second-wall-'));
    const reading = withDatabase({ directory, limits: SqlLimits.parse({}) }, (database) =>
      database.rows(`select * from "${secret}"`),
    );
    await expect(reading).rejects.toThrow('disabled');
  });

  it('gets the words of DuckDB back', async () => {
    expect(await ask('select idd from trips')).toMatchObject({
      code: 'SQL_FAILED',
      message: expect.stringContaining('Candidate bindings: "id"'),
    });
    expect(await ask('selec 1')).toMatchObject({
      code: 'SQL_FAILED',
      message: expect.stringContaining('syntax error'),
    });
  });

  it('is killed at its deadline, and leaves nothing behind', async () => {
    const started = Date.now();
    const runaway =
      'select count(*) as id from range(1000000000) a, range(1000000000) b where a.range % 7 = b.range % 11';
    expect((await ask(runaway, { deadlineSeconds: 1.5 })).code).toBe('SQL_TIMEOUT');
    expect(Date.now() - started).toBeLessThan(6000);
    expect(readdirSync(data.ports.workDirectory)).toEqual([]);
  });

  it('is stopped when it fills more disk than it may, with its database too', async () => {
    const refused = await ask('select md5(range::varchar) as id from range(100000000000)', {
      diskMb: 60,
      deadlineSeconds: 55,
    });
    expect(refused.code).toBe('JOB_TOO_LARGE');
    expect(refused.message).toMatch(/MB of disk; 60 MB are allowed/);
    expect(readdirSync(data.ports.workDirectory)).toEqual([]);
  }, 60_000);

  it('is told that it needs too much where DuckDB itself says so', async () => {
    const sorted = 'select range as id, hash(range) as h from range(30000000) order by h';
    expect((await ask(sorted, { memoryMb: 64, spillMb: 1 })).code).toBe('JOB_TOO_LARGE');
  });

  it.runIf(process.platform === 'linux')('is killed when it takes more memory than DuckDB counts', async () => {
    expect(await ask("select length(repeat('x', 4000000000)) as id")).toMatchObject({
      code: 'JOB_TOO_LARGE',
    });
  });
});
