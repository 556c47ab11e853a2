import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeRows } from '../../activities/onnx/raw-columns.js';
import { type RawBlock, readRawBlocks } from '../../activities/train/raw-blocks.js';
import type { MatrixMeta } from '../../schemas/index.js';
import { crossFittedMeans } from '../../statistics/target-means.js';
import { type DataFixture, dataFixture, refusal } from './data-fixture.js';

let data: DataFixture;
let flights: string;

/** 1000 hourly flights from 2001-01-01; every third is late; the label of row i is known i % 50 hours later. */
const flightRows = `SELECT TIMESTAMP '2001-01-01' + to_hours(i) AS departure, i % 3 = 0 AS late, i % 50 AS lag,
  'A' || (i % 4) AS origin, CASE WHEN i % 10 <> 0 THEN i * 1.1 END AS distance, i % 2 = 0 AS night, 'x' AS carrier, NULL::DOUBLE AS wind,
  'id-' || i AS flight, 7 AS one, CASE WHEN i = 5 THEN 'Infinity'::DOUBLE WHEN i = 6 THEN 1e300 WHEN i = 7 THEN 'NaN'::DOUBLE ELSE i END AS odd
  FROM range(1000) t(i)`;
const rule = { rule: 'late', knownAt: 'departure + to_hours(lag)' };
const split = { validationFrom: '2001-01-21', testFrom: '2001-01-31' };

const labelled = async (name: string, query: string, input: Record<string, unknown> = rule) => {
  await data.parquet(name, query);
  const { fact } = await data.collect({ sources: [{ name: 's', path: name }] });
  return (await data.label(fact.digest, input)).fact.digest;
};

const matrixOf = async ({ rows, features, matrixDigest }: MatrixMeta) => {
  const bytes = await data.ports.blobs.get(matrixDigest);
  let at = 0;
  const take = (size: number) => Uint8Array.from(bytes.subarray(at, (at += size))).buffer;
  const splitOf = (count: number) => ({
    columns: features.map(() => new Float32Array(take(4 * count))),
    labels: new Float64Array(take(8 * count)),
  });
  const matrix = { train: splitOf(rows.train), validation: splitOf(rows.validation), test: splitOf(rows.test) };
  expect(at).toBe(bytes.length);
  return matrix;
};

/** The raw rows of a plan, put together from their blocks. */
const rawRowsOf = async ({ rowsDigest, signature }: MatrixMeta) => {
  const file = join(data.folder, `${rowsDigest}.jsonl`);
  await data.ports.blobs.download(rowsDigest, file);
  const empty = () => Object.fromEntries(signature.map(({ name }) => [name, [] as RawBlock['columns'][number]]));
  const rows = { validation: empty(), test: empty() };
  for await (const { split, columns } of readRawBlocks(file))
    for (const [c, { name }] of signature.entries()) rows[split][name]!.push(...columns[c]!);
  return rows;
};

beforeAll(async () => {
  data = dataFixture();
  flights = await labelled('flights.parquet', flightRows);
});
afterAll(() => data.close());

describe('prepareMatrix', () => {
  it('learns only from rows whose label was known when the split ends', async () => {
    const { meta } = await data.prepare(flights, { split });
    const known = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => from + i).filter((i) => i + (i % 50) <= to).length;
    expect(meta.rows).toEqual({ train: known(0, 480), validation: known(480, 720), test: 280 });
    expect((await data.prepare(flights, { split: { ...split, testTo: '2001-02-01' } })).meta.rows.test).toBe(24);
    expect(meta.timeColumn).toBe('departure');
    const relative = { validationFrom: '-519 hours', testFrom: '-279 hours' };
    const counted = await data.prepare(flights, { split: relative });
    expect(counted.meta.rows).toEqual(meta.rows);
    expect(counted.matrixDigest).toBe((await data.prepare(flights, { split })).matrixDigest);
    expect(counted.meta.split.instants).toEqual({
      validationFrom: '2001-01-21T00:00:00.000Z',
      testFrom: '2001-01-31T00:00:00.000Z',
      testTo: null,
    });
  });

  it('refuses what cannot or must not be learnt from, each with its reason', async () => {
    const { meta } = await data.prepare(flights, { split });
    expect(meta.features.map((feature) => `${feature.kind} ${feature.name}`)).toEqual([
      'minuteOfDay departure.minuteOfDay',
      'dayOfWeek departure.dayOfWeek',
      'numeric lag',
      'targetMean origin',
      'numeric distance',
      'boolean night',
      'numeric odd',
    ]);
    const reasons = Object.fromEntries(meta.refused.map(({ column, reason }) => [column, reason]));
    expect(reasons).toMatchObject({
      late: 'is known only after the prediction',
      label: 'is the label',
      known_at: expect.stringContaining('only after'),
      carrier: 'is constant in the training rows',
      wind: 'has no usable value in the training rows',
      flight: expect.stringContaining('is an identifier'),
      one: 'is constant in the training rows',
    });
    expect(meta.signature.map((column) => column.name)).toEqual([
      'departure',
      'lag',
      'origin',
      'distance',
      'night',
      'odd',
    ]);
  });

  it('takes target means from training rows only, smoothed by 10 rows of the prior', async () => {
    const { meta } = await data.prepare(flights, { split, features: ['origin'] });
    const train = Array.from({ length: 480 }, (_, i) => i).filter((i) => i + (i % 50) <= 480);
    const late = (rows: number[]) => rows.filter((i) => i % 3 === 0).length;
    const prior = late(train) / train.length;
    const means = [0, 1, 2, 3]
      .map((c) => train.filter((i) => i % 4 === c))
      .map((rows) => (late(rows) + 10 * prior) / (rows.length + 10));
    expect(meta.features).toEqual([
      {
        kind: 'targetMean',
        name: 'origin',
        column: 'origin',
        categories: ['A0', 'A1', 'A2', 'A3'],
        means: means.map((m) => expect.closeTo(m, 12)),
        fallback: expect.closeTo(prior, 12),
      },
    ]);
    const { train: learnt, test } = await matrixOf(meta);
    const rows = { codes: train.map((i) => i % 4), labels: train.map((i) => Number(i % 3 === 0)) };
    expect(learnt.columns).toEqual([Float32Array.from(crossFittedMeans(rows))]);
    expect(new Set(test.columns[0])).toEqual(new Set(means.map(Math.fround)));
  });

  it('writes what encodeRows gives for the raw rows, to the bit', async () => {
    const query = `SELECT TIMESTAMP '1969-12-25 00:00:00.0005' + to_minutes(i * 37) AS t, i % 5 = 0 AS y,
      CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN 'Infinity'::DOUBLE WHEN 2 THEN -1e300 WHEN 3 THEN 0.1 * i WHEN 4 THEN 16777217 + i ELSE -i / 3.0 END AS x,
      9007199254740993 + i * 1073741825 AS big, i % 3 = 0 AS flag, CASE WHEN i > 850 THEN 'new' WHEN i % 6 = 0 THEN NULL ELSE chr(200 + (i % 6)::INT) || '"' END AS c FROM range(1000) r(i)`;
    const digest = await labelled('parity.parquet', query, { rule: 'y', knownAt: 't' });
    const { meta } = await data.prepare(digest);
    const columns = meta.signature.map((column) => column.name);
    const raw = await data.sample(digest, columns, 10_000);
    const { test } = await matrixOf(meta);
    expect(columns).toEqual(['t', 'x', 'big', 'flag', 'c']);
    expect(encodeRows(meta.features, raw)).toEqual(test.columns);
    expect(meta.rows.test).toBe(raw.t?.length);
    const heldOut = await rawRowsOf(meta);
    expect(heldOut.test).toEqual(raw);
    expect(encodeRows(meta.features, heldOut.validation)).toEqual((await matrixOf(meta)).validation.columns);
    expect(await data.sample(digest, columns, 7)).toEqual(await data.sample(digest, columns, 7));
  });

  it('writes training labels and features in the order of the rows', async () => {
    const { meta } = await data.prepare(flights, { split, features: ['distance', 'lag'] });
    const { train } = await matrixOf(meta);
    const rows = Array.from({ length: 480 }, (_, i) => i).filter((i) => i + (i % 50) <= 480);
    expect([...train.labels]).toEqual(rows.map((i) => Number(i % 3 === 0)));
    expect(train.columns).toEqual([
      Float32Array.from(rows, (i) => i % 50),
      Float32Array.from(rows, (i) => (i % 10 === 0 ? Number.NaN : i * 1.1)),
    ]);
  });

  it('gives the same digests again, and draws the same rows for a seed', async () => {
    const [a, b, c] = [
      await data.prepare(flights, { maxRows: 100 }),
      await data.prepare(flights, { maxRows: 100 }),
      await data.prepare(flights, { maxRows: 100, seed: 2 }),
    ];
    expect(a.meta.rows).toEqual({ train: 100, validation: 100, test: 100 });
    expect([a.metaDigest, a.matrixDigest]).toEqual([b.metaDigest, b.matrixDigest]);
    expect(a.meta.rowsDigest).toBe(b.meta.rowsDigest);
    expect(c.matrixDigest).not.toBe(a.matrixDigest);
  });

  it('splits by a seeded hash and by the label alike when there is no time', async () => {
    const digest = await labelled('timeless.parquet', 'SELECT i AS x, i % 2 AS y FROM range(200) t(i)', {
      rule: 'y',
      knownAt: "TIMESTAMP '2001-01-01'",
    });
    const { meta } = await data.prepare(digest, { split: { validationShare: 0.2, testShare: 0.1 } });
    expect(meta).toMatchObject({ rows: { train: 140, validation: 40, test: 20 }, timeColumn: null, task: 'binary' });
    expect((await refusal(data.prepare(digest, { split }))).code).toBe('InvalidInput');
    const { test } = await matrixOf(meta);
    expect(test.labels.reduce((sum, label) => sum + label, 0)).toBe(10);
    expect(meta.split).toMatchObject({ by: 'hash', leftOut: { withoutTime: 0, sampledOut: 0 } });
    expect((await data.prepare(digest, { seed: 2 })).matrixDigest).not.toBe((await data.prepare(digest)).matrixDigest);
  });

  it('says how many rows are in no split, and why', async () => {
    const query = `SELECT CASE WHEN i % 10 = 0 THEN NULL WHEN i = 1 THEN TIMESTAMP 'infinity' ELSE TIMESTAMP '2001-01-01' + to_hours(i) END AS t,
      i % 2 = 0 AS y, i AS x FROM range(400) r(i)`;
    const digest = await labelled('holes.parquet', query, { rule: 'y', knownAt: 't + to_days(1)', timeColumn: 't' });
    const instants = { validationFrom: '2001-01-08', testFrom: '2001-01-12', testTo: '2001-01-15' };
    const { meta } = await data.prepare(digest, { split: instants });
    expect(meta.split.by).toBe('time');
    const { withoutTime, labelNotKnownInTime, afterTest } = meta.split.leftOut;
    expect(meta.split.leftOut.withoutTime).toBe(41);
    const { train, validation, test } = meta.rows;
    expect(train + validation + test + withoutTime + labelNotKnownInTime + afterTest).toBe(400);
    expect([labelNotKnownInTime > 0, afterTest > 0]).toEqual([true, true]);
  });

  it.each(['validation', 'test'])('refuses a %s of one class: nothing is judged on nothing', async (part) => {
    const end = part === 'test' ? '2001-02-05' : '2001-01-25';
    const query = `SELECT TIMESTAMP '2001-01-01' + to_hours(i) AS t, i % 3 = 0 AND (t < '2001-01-21' OR t >= '${end}') AS y, i AS x FROM range(${part === 'test' ? 800 : 1000}) r(i)`;
    const digest = await labelled(`one-${part}.parquet`, query, { rule: 'y', knownAt: 't' });
    const testFrom = part === 'test' ? '2001-01-21' : '2001-01-25';
    const validationFrom = part === 'test' ? '2001-01-10' : '2001-01-21';
    expect(await refusal(data.prepare(digest, { split: { validationFrom, testFrom } }))).toMatchObject({
      code: 'ONE_CLASS',
      message: expect.stringContaining(`Every label of the ${part} rows is 0`),
    });
  });

  it('learns a yes or no as a number where that is said, and no number as a yes or no', async () => {
    const { meta } = await data.prepare(flights, { split, task: 'regression' });
    expect(meta).toMatchObject({ task: 'regression', taskReason: '"task" says regression' });
    const numbers = await labelled('number.parquet', flightRows, { ...rule, rule: 'distance * 2' });
    expect((await refusal(data.prepare(numbers, { task: 'binary' }))).code).toBe('LABEL_INVALID');
  });

  it('keeps apart what lies close together far from zero, in numbers and in means of the label', async () => {
    const query = `SELECT TIMESTAMP '2001-01-01' + to_hours(i) AS t, 1700000000.25 + i % 60 AS second, 1700000000 + (i % 60) AS whole,
      CASE WHEN i = 3 THEN 1e9 + 1 ELSE 1e9 END AS beyond, chr(65 + (i % 4)::INT) AS shop, 1e9 + i % 4 + i % 7 / 100.0 AS y FROM range(1000) r(i)`;
    const digest = await labelled('far.parquet', query, { rule: 'y', knownAt: 't' });
    const features = ['second', 'whole', 'shop', 'beyond'];
    const { meta } = await data.prepare(digest, { features });
    const { train } = await matrixOf(meta);
    const distinct = train.columns.map((column) => new Set(column).size);
    expect(meta.features.map(({ name }) => name)).toEqual(['second', 'whole', 'beyond', 'shop']);
    expect(distinct.slice(0, 3)).toEqual([60, 60, 2]);
    expect(distinct[3]).toBeGreaterThanOrEqual(4);
    const raw = await data.sample(digest, ['t', ...features], 10_000, { features });
    expect(encodeRows(meta.features, raw)).toEqual((await matrixOf(meta)).test.columns);
  });

  it('prepares a numeric label as regression', async () => {
    expect(
      (await data.prepare(await labelled('numeric.parquet', flightRows, { ...rule, rule: 'distance * 2' }))).meta.task,
    ).toBe('regression');
  });

  it('takes 500 columns', async () => {
    const list = Array.from({ length: 500 }, (_, i) =>
      i % 5 === 0 ? `'c' || ((i * ${i + 1}) % 7) AS c${i}` : `(i * ${i + 1}) % 101 AS c${i}`,
    );
    const digest = await labelled('wide.parquet', `SELECT i % 2 AS y, ${list.join(', ')} FROM range(400) t(i)`, {
      rule: 'y',
      knownAt: "TIMESTAMP '2001-01-01'",
    });
    const { meta } = await data.prepare(digest);
    expect(meta.features.length + meta.refused.length).toBe(503);
    expect(meta.features.length).toBeGreaterThan(480);
    await matrixOf(meta);
  });

  it('says why nothing can be learnt', async () => {
    expect(await refusal(data.prepare(flights, { features: ['carrier', 'late'] }))).toMatchObject({
      code: 'NO_FEATURES',
      message: expect.stringContaining('carrier is constant'),
    });
    expect(await refusal(data.prepare(flights, { features: ['carier'] }))).toMatchObject({
      code: 'SCHEMA_CHANGED',
      message: expect.stringContaining('"carier"'),
    });
    const late = { validationFrom: '2005-01-01', testFrom: '2005-02-01' };
    expect(await refusal(data.prepare(flights, { split: late }))).toMatchObject({
      code: 'SPLIT_EMPTY',
      message: expect.stringMatching(/validation.*2005-01-01.*2001-02-11/),
    });
    const one = await labelled('one.parquet', flightRows, { ...rule, rule: "departure > TIMESTAMP '2001-02-05'" });
    expect(await refusal(data.prepare(one))).toMatchObject({ code: 'ONE_CLASS' });
    const { fact } = await data.collect({ sources: [{ name: 's', path: 'flights.parquet' }] });
    expect(await refusal(data.prepare(fact.digest))).toMatchObject({ code: 'LABEL_INVALID' });
  });
});
