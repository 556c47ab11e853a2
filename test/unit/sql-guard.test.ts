import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../activities/sources/duckdb-database.js';
import { guardExpression, guardSelect } from '../../activities/sources/sql-guard.js';
import { errorCode } from '../../schemas/index.js';

let database: Database;
beforeAll(async () => {
  const instance = await DuckDBInstance.create(':memory:');
  database = new Database(instance, await instance.connect());
});
afterAll(() => database.close());

const codeOf = (work: Promise<unknown>) => work.then(() => null, errorCode);
const select = (sql: string) => codeOf(guardSelect(database, sql, ['trips', 'Cities']));
const expression = (text: string) => guardExpression(database, text, 'rule');

describe('guardSelect', () => {
  it.each([
    'select * from trips',
    'SELECT * FROM TRIPS t JOIN cities c USING (city);',
    'from trips',
    'with a as (select * from trips), b as (from a) select * from b, unnest([1]) u(x), range(3)',
    'with recursive r as (select 1 as n union all select n + 1 from r where n < 9) select * from r',
    'select * from (values (1), (2)) v(x) -- a comment; drop table trips',
    'select city, avg(fare) over (partition by city) from trips qualify row_number() over () = 1 order by 1 limit 5',
    'select * from trips asof join cities on trips.at >= cities.at',
    "select 'copy trips to x; drop table trips' as \"select * from read_csv('x')\" from trips",
  ])('lets through: %s', async (sql) => {
    expect(await select(sql)).toBeNull();
  });

  it.each([
    '',
    '-- nothing',
    'select 1; select 2',
    'select * from trips; drop table trips',
    "copy trips to 'x'",
    "copy (select 1) to 'x'",
    "attach 'x' as t",
    "attach ':memory:'",
    "call enable_logging(storage='file')",
    "select * from enable_logging(storage='file')",
    'pragma enable_profiling',
    "set memory_limit='10GB'",
    'describe trips',
    'summarize trips',
    'show tables',
    'explain select 1',
    "select * from 'cities.csv'",
    'select * from "/etc/passwd"',
    "select * from read_csv('x')",
    "select (select max(a) from read_text('x'))",
    "select * from trips where exists (select 1 from glob('*'))",
    "select * from trips union all select * from parquet_scan('x')",
    "with a as (select * from sniff_csv('x')) select * from a",
    "select * from query('select 1')",
    "select * from query_table('trips')",
    'select * from duckdb_settings()',
    'select * from information_schema.tables',
    'select * from pg_catalog.pg_tables',
    'select * from mlops.answer',
    'insert into trips values (1)',
    'create table x as select 1',
    'update trips set a = 1',
    'delete from trips',
    'install httpfs',
    "load 'x'",
    "export database 'x'",
    'checkpoint',
    'begin',
    'prepare p as select 1',
    'execute p',
  ])('refuses: %s', async (sql) => {
    expect(['SQL_REFUSED', 'SQL_FAILED']).toContain(await select(sql));
  });
});

describe('guardExpression', () => {
  it.each([
    ['delay > 15', ['delay']],
    ['"größe" > 1 and "a""b" is null', ['größe', 'a"b']],
    ['dataset.delay > 15 -- late', ['dataset', 'delay']],
    ['departure + to_minutes(delay + cast(distance / 8 as bigint))', ['departure', 'delay', 'distance']],
    ["case when city in ('a', 'b; drop table x') then 1 else 0 end", ['city']],
    ['lead(fare) over (partition by id order by day) > fare', ['fare', 'id', 'day']],
  ])('says what %s reads', async (text, columns) => {
    expect((await expression(text)).sort()).toEqual([...columns].sort());
  });

  it.each([
    'delay > 15; drop table dataset',
    '1) from dataset; drop table dataset; select (1',
    'delay, distance',
    'delay as label',
    'delay from dataset',
    'delay where true',
    'distinct delay',
    'delay order by 1',
    'delay limit 1',
    'delay union select 1',
    '(select max(delay) from dataset)',
    "delay > (select count(*) from read_csv('x'))",
    'exists (select 1)',
    '*',
    'columns(*) > 1',
    '$1 > 2',
    '? > 2',
    '/* delay',
    '',
  ])('refuses: %s', async (text) => {
    expect(['SQL_REFUSED', 'SQL_FAILED']).toContain(await codeOf(expression(text)));
  });
});
