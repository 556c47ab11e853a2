import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { readVersion } from '../activities/monitor/rows.js';
import { encodeRows } from '../activities/onnx/raw-columns.js';
import { storageType } from '../activities/sql/column-types.js';
import { withDatabase } from '../activities/sql/database.js';
import { ingestDataset } from '../activities/sql/ingest.js';
import { labelJob } from '../activities/sql/jobs/label.js';
import { ruleJob } from '../activities/sql/jobs/rule.js';
import { ingestWindow } from '../activities/sql/jobs/window.js';
import { encodedIn, prepareRows } from '../activities/sql/matrix/prepared-rows.js';
import { type DatasetFiles, SqlLimits } from '../activities/sql/sql-job.js';
import type { Column, Feature } from '../schemas/index.js';
import { RequestRefused } from '../server/http/request-refused.js';
import { valueCheck } from '../server/model/column-values.js';
import { describeCategorical, describeNumeric } from '../statistics/drift/column.js';
import { sourceFolder } from './activities/sql/collected.js';
import { givenTypes, givenValues } from './missing-values.js';

const folder = sourceFolder();
afterAll(() => folder.close());

const limits = SqlLimits.parse({ memoryMb: 256 });
const jobFolder = () => {
  const directory = mkdtempSync(folder.path('stage-'));
  mkdirSync(`${directory}/out`);
  return directory;
};

const byType = givenTypes.map((type) => ({ type, given: givenValues.filter((value) => value.type === type) }));
const flags = (values: readonly { isMissing: boolean }[]) => values.map(({ isMissing }) => isMissing);
const counted = (values: readonly { isMissing: boolean }[]) => values.filter(({ isMissing }) => isMissing).length;

async function collected(type: Column['type'], rules = {}) {
  const values = givenValues.filter((value) => value.type === type);
  const rows = values.map(({ sql }, id) => `(${id}, ${sql}::${storageType[type]})`).join(', ');
  await folder.parquet(`${type}.parquet`, `SELECT id, x FROM (VALUES ${rows}) t(id, x) ORDER BY id`);
  return folder.collect(`${type}.parquet`, { rules });
}

const datasetOf = async (type: Column['type']): Promise<DatasetFiles> => {
  const { content } = await collected(type);
  return { columns: content.columns, files: content.parts.map(({ file }) => file) };
};

describe.each(byType)('what is missing of $type values is the same', ({ type, given }) => {
  it('in collect, which makes null of it and tells how many', async () => {
    const done = await collected(type);
    expect(done.column('x').map((x) => x === null)).toEqual(flags(given));
    expect(done.content.profile[1]).toMatchObject({ nulls: counted(given) });
    const madeNull = given.filter(({ isMissing, sql }) => isMissing && sql !== 'NULL').length;
    const told = done.read.filter((line) => line.endsWith('read as missing')).map((line) => Number(line.split(' ')[0]));
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(madeNull);
  });

  it('in a JSON file', async () => {
    const inJson = given.filter(({ json }) => json !== null);
    folder.write(`${type}.jsonl`, inJson.map(({ json }) => `{"id": 1, "x": ${json}}`).join('\n'));
    expect((await folder.collect(`${type}.jsonl`)).column('x').map((x) => x === null)).toEqual(flags(inJson));
  });

  it('in what "sql" reads, and in what it makes', async () => {
    const rules = { sql: 'select id, x is null as was, x from s', orderBy: ['id'] };
    expect((await collected(type, rules)).column('was')).toEqual(flags(given));
  });

  it('in expectations: notNull counts it, the others pass it over', async () => {
    const warn = { severity: 'warn', column: 'x' };
    const expectations = [
      { kind: 'notNull', ...warn },
      { kind: 'unique', columns: ['x'], severity: 'warn' },
      { kind: 'type', type, ...warn },
      ...(type === 'number' ? [{ kind: 'range', min: -1e38, max: 4e38, ...warn }] : []),
    ];
    const { results } = await collected(type, { expectations });
    expect(results.map(({ failedRows }) => failedRows)).toEqual([
      counted(given),
      ...expectations.slice(1).map(() => 0),
    ]);
  });

  it('in a label: a rule over it knows no answer', async () => {
    const dataset = await datasetOf(type);
    const { file } = await ruleJob({
      kind: 'rule',
      directory: jobFolder(),
      limits,
      dataset,
      rule: 'x = x',
      knownAt: "TIMESTAMP '2024-01-01'",
    });
    const done = await labelJob({
      kind: 'label',
      directory: jobFolder(),
      limits,
      dataset,
      answers: { path: file, format: 'parquet', labeller: 'rule' },
      roles: { label: 'label', knownAt: 'known_at', time: null, outcome: [] },
      asOf: null,
      task: null,
      collectedAt: '2026-01-01T00:00:00Z',
    });
    expect([done.unlabelled, done.content.rows]).toEqual([counted(given), given.length - counted(given)]);
  });

  it('in the features, prepared in SQL and encoded from a request alike', async () => {
    const access = { directory: jobFolder(), limits };
    await ingestDataset(access, await datasetOf(type));
    const feature = featureOf(type);
    const seen = await withDatabase(access, async (database) => {
      await database.run('CREATE TABLE mlops.picked AS SELECT rowid AS r, 0 AS s FROM dataset');
      await prepareRows(database, 'id', [{ name: 'x', type, alias: 'c0' }]);
      const encoded = feature.kind === 'targetMean' ? 'c0' : encodedIn[feature.kind]('c0');
      return (await database.rows(`SELECT ${encoded} AS f FROM mlops.prepared ORDER BY y`)).map(({ f }) => f === null);
    });
    expect(seen).toEqual(flags(given));
    const inRequest = given.filter(({ json }) => json !== null);
    const raw = inRequest.map(({ json }) => JSON.parse(json ?? '') as string | number | null);
    const times = (value: string | number | null) => (value === null ? null : Date.parse(String(value)));
    const [encoded] = encodeRows([feature], { x: type === 'timestamp' ? raw.map(times) : raw });
    expect([...(encoded ?? [])].map((value) => Number.isNaN(value))).toEqual(flags(inRequest));
  });

  it('for the model server: null to the model, or refused', () => {
    const check = valueCheck({ name: 'x', type });
    for (const { json, isMissing, what } of given.filter((value) => value.json !== null))
      expect([what, isPassed(check, JSON.parse(json ?? ''))]).toEqual([what, !isMissing]);
  });

  it('in a window of the prediction log', async () => {
    const logged = given.filter(({ json }) => json !== null);
    const directory = jobFolder();
    const moment = '2001-04-18T09:00:00.000Z';
    const line = (json: string | null, i: number) =>
      `{"predictionId":"p${i}","requestId":"p${i}","model":"m","version":1,"environment":"e","at":"${moment}","inputs":{"x":${json}},"output":0}`;
    writeFileSync(`${directory}/log.jsonl`, logged.map(({ json }, i) => line(json, i)).join('\n'));
    writeFileSync(`${directory}/outcomes.csv`, '');
    const asked = { directory, limits, model: 'm', environment: 'e', parts: [], outcomes: `${directory}/outcomes.csv` };
    const window = { ...asked, window: { from: '2001-04-18', to: '2001-04-19' }, segments: [`${directory}/log.jsonl`] };
    await ingestWindow(window);
    const baseline = type === 'string' ? describeCategorical(['a']) : describeNumeric([1, 2]);
    const { columns } = await readVersion(window, versionWith({ name: 'x', type }, baseline));
    expect(columns[0]?.window).toMatchObject({ rows: logged.length, missing: counted(logged) });
  });
});

function featureOf(type: Column['type']): Feature {
  const of = { name: 'x', column: 'x' };
  if (type === 'boolean') return { kind: 'boolean', ...of };
  if (type === 'timestamp') return { kind: 'minuteOfDay', ...of };
  if (type === 'string')
    return {
      kind: 'targetMean',
      ...of,
      categories: [' ', '0', 'NaN', 'null'],
      means: [1, 2, 3, 4],
      fallback: Number.NaN,
    };
  return { kind: 'numeric', ...of };
}

function isPassed(check: ReturnType<typeof valueCheck>, raw: unknown): boolean {
  try {
    return check(raw, 0) !== null;
  } catch (error) {
    if (error instanceof RequestRefused) return false;
    throw error;
  }
}

function versionWith(
  column: Column,
  baseline: ReturnType<typeof describeNumeric> | ReturnType<typeof describeCategorical>,
) {
  return {
    version: 1,
    modelDigest: 'e'.repeat(64),
    datasetDigest: 'd'.repeat(64),
    runId: 'run-1',
    task: 'regression' as const,
    signature: {
      inputs: [column],
      output: { name: 'prediction' as const, type: 'number' as const },
      timeColumn: null,
    },
    columns: { x: baseline },
    prediction: describeNumeric([0, 1]),
    test: { rmse: 1, mae: 1, r2: null, rows: 2 },
  };
}
