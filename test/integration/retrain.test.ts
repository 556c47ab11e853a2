import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainers } from '../../activities/adapters.js';
import { createCollectActivities } from '../../activities/collect.js';
import { compareAtGate, comparisonKey } from '../../activities/deploy/compare-at-gate.js';
import { dataWarnings } from '../../activities/deploy/data-warnings.js';
import { findVersion } from '../../activities/deploy/find-version.js';
import { readJsonBlob } from '../../activities/files/json-blob.js';
import { createLabelActivities } from '../../activities/label.js';
import { createMonitorActivities } from '../../activities/monitor.js';
import { createPackageActivities } from '../../activities/package.js';
import { createRetrainActivities, type RetrainActivities } from '../../activities/retrain.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { createTrainActivities } from '../../activities/train.js';
import {
  CollectInput,
  Comparison,
  canonicalJson,
  type DatasetReference,
  LabelInput,
  MonitorInput,
  PackageManifest,
  type PackageResult,
  type PredictionRecord,
  TrainInput,
} from '../../schemas/index.js';
import { differenceInWords } from '../../statistics/verdicts/difference-in-words.js';
import { type DataFixture, dataFixture, planned, refusal } from './data-fixture.js';
import { createDatabase } from './ledger-database.js';
import { predictionIdAt } from './ledger-facts.js';

const origin = { workflowId: 'retrain/test', step: 'retrain' };
const rows = 20_000;
const minute = (i: number) => Date.parse('2001-01-01') + i * 60_000;
let data: DataFixture;
let stores: PostgresStores;
let retrain: RetrainActivities;
let raw: DatasetReference;
let labelled: DatasetReference;
let plain: PackageResult;
let learnt: PackageResult;

beforeAll(async () => {
  data = dataFixture();
  const databaseUrl = await createDatabase('retrain');
  await migrate(databaseUrl);
  stores = await openStores({ databaseUrl });
  retrain = createRetrainActivities({ ...data.ports, ...stores });
  ({ raw, labelled } = await makeDataset('flights'));
  plain = await makeVersion('baseline');
  learnt = await makeVersion('linear');
});
afterAll(async () => {
  await stores?.close();
  data.close();
});

/** A flight is late with a chance that grows with its distance. */
async function makeDataset(dataset: string, more: Record<string, unknown> = {}) {
  await data.parquet(
    'flights.parquet',
    `SELECT TIMESTAMP '2001-01-01' + to_minutes(i::INT) AS departure, (hash(i) % 1000)::DOUBLE AS "dist""ance",
       ['AA', 'DL', 'Ünïted'][1 + (hash(i + 5) % 3)::INT] AS carrier,
       CASE WHEN hash(i + 7) % 1200 < hash(i) % 1000 THEN 40 ELSE 5 END AS delay FROM range(${rows}) t(i)`,
  );
  const ports = { ...data.ports, ...stores };
  const collect = CollectInput.parse({ dataset, sources: [{ name: 'f', path: 'flights.parquet' }], ...more });
  const collected = (await createCollectActivities(ports).collect(collect, origin)).dataset;
  const rule = { rule: 'delay > 15', knownAt: 'departure + to_minutes(delay)' };
  const label = LabelInput.parse({ dataset: { name: dataset }, ...rule });
  return { raw: collected, labelled: (await createLabelActivities(ports).label(label, origin)).dataset };
}

interface Made {
  readonly split?: object;
  readonly from?: DatasetReference;
}

async function makeVersion(trainer: string, { split, from = labelled }: Made = {}): Promise<PackageResult> {
  const ports = { ...data.ports, ...stores, trainers };
  const train = createTrainActivities(ports);
  const input = TrainInput.parse({
    model: 'late',
    dataset: { name: from.name, version: from.version },
    search: { trainers: [trainer], trials: 1 },
    ...(split ? { split } : {}),
  });
  const { trials, plan } = await planned(train, input, origin);
  const results = [];
  for (const trial of trials) results.push(await train.runTrial({ model: 'late', plan, trial }, origin));
  const best = await train.chooseBestRun({ train: input, plan, results }, origin);
  return createPackageActivities(ports).packageRun({ model: 'late', runId: best.runId }, origin);
}

async function compare(champion: number | null, challenger: number, more: Record<string, unknown> = {}) {
  const input = { model: 'late', champion, challenger, dataset: labelled, compareFrom: null, minImprovement: 0 };
  return Comparison.parse(await retrain.compareChallenger({ ...input, ...more }));
}

/** The same model in another package, as after a patch of Node. */
async function packagedAnew(version: number): Promise<number> {
  const row = await stores.registry.modelVersion('late', version);
  if (row === null) throw new Error('no such version');
  const manifest = await readJsonBlob(data.ports.blobs, row.packageDigest, PackageManifest);
  const other = { ...manifest, builtWith: { ...manifest.builtWith, node: 'v99.0.0' } };
  const { digest } = await data.ports.blobs.put(Buffer.from(canonicalJson(other)));
  const { runId, modelDigest, datasetDigest, files } = row;
  const appended = await stores.ledger.append({
    kind: 'modelVersion',
    key: `package/late/${digest}`,
    origin,
    digest,
    body: { model: 'late', runId, modelDigest, packageDigest: digest, datasetDigest, files },
  });
  return appended.version ?? 0;
}

function testLogLoss({ metrics: { test } }: PackageResult): number {
  return 'logLoss' in test ? test.logLoss : Number.NaN;
}

describe('a challenger', () => {
  it('wins when it answers held-out rows better, and positive is better', async () => {
    const comparison = await compare(plain.version, learnt.version);
    expect(comparison).toMatchObject({
      championVersion: plain.version,
      challengerVersion: learnt.version,
      metric: 'logLoss',
      challengerWins: true,
    });
    expect(comparison.rows).toBeGreaterThan(rows * 0.14);
    expect(comparison.rows).toBeLessThan(rows * 0.16);
    expect(comparison.low).toBeGreaterThan(0.02);
    expect(comparison.high).toBeGreaterThan(comparison.difference);
    expect(comparison.difference).toBeCloseTo(comparison.champion - comparison.challenger, 12);
    expect(comparison.challengerMetrics.logLoss).toBeCloseTo(testLogLoss(learnt), 3);
  });

  it('is compared the same way twice', async () => {
    expect(await compare(plain.version, learnt.version)).toEqual(await compare(plain.version, learnt.version));
  });

  it('loses when it is worse, or not better by what is asked', async () => {
    const worse = await compare(learnt.version, plain.version, { objective: 'rocAuc' });
    expect(worse).toMatchObject({ metric: 'rocAuc', challenger: 0.5, challengerWins: false });
    expect(worse.difference).toBeLessThan(-0.2);
    expect(await compare(plain.version, learnt.version, { minImprovement: 0.9 })).toMatchObject({
      challengerWins: false,
    });
  });

  it('does not win against itself', async () => {
    const same = await compare(learnt.version, learnt.version);
    expect(same).toMatchObject({ difference: 0, low: 0, high: 0, challengerWins: false });
  });

  it("is the champion's own model where it has its bytes, under whatever version: no row is scored", async () => {
    const again = await packagedAnew(learnt.version);
    expect(again).toBeGreaterThan(learnt.version);
    const same = await compare(learnt.version, again);
    expect(same).toMatchObject({ sameModel: true, rows: 0, difference: 0, challengerWins: false });
    expect((await compare(learnt.version, again, { minImprovement: -1 })).challengerWins).toBe(false);
    expect((await compare(plain.version, again)).sameModel).toBe(false);
  });

  it('wins unopposed where nothing serves', async () => {
    const alone = await compare(null, learnt.version);
    expect(alone).toMatchObject({ championVersion: null, rows: 0, challengerWins: true, championMetrics: {} });
  });

  it('is compared from the instant that is asked for, but never on what it learnt from', async () => {
    const later = new Date(minute(rows - 1000)).toISOString().slice(0, 19);
    expect((await compare(plain.version, learnt.version, { compareFrom: `${later}Z` })).rows).toBe(1000);
    const all = await compare(plain.version, learnt.version, { compareFrom: '2001-01-01' });
    expect(all.rows).toBeLessThan(rows * 0.17);
    const empty = refusal(compare(plain.version, learnt.version, { compareFrom: '2030-01-01' }));
    expect(await empty).toMatchObject({ code: 'SPLIT_EMPTY' });
  });

  it('is compared with a champion that misses what the data has no more, as it does where it serves', async () => {
    const sql = { sql: 'select departure, carrier, delay from f', orderBy: ['departure'] };
    const { labelled: narrow } = await makeDataset('narrow', sql);
    const without = await makeVersion('linear', { from: narrow });
    const comparison = await compare(learnt.version, without.version, { dataset: narrow });
    expect(comparison).toMatchObject({ championMissed: ['dist"ance'], objective: 'logLoss', metric: 'logLoss' });
    expect(comparison.rows).toBeGreaterThan(rows * 0.14);
    expect((await compare(plain.version, learnt.version)).championMissed).toEqual([]);
    const words = { sql: `select * replace ("dist""ance" || ' km' as "dist""ance") from f`, orderBy: ['departure'] };
    const { labelled: worded } = await makeDataset('worded', words);
    const retyped = await makeVersion('linear', { from: worded });
    expect((await compare(learnt.version, retyped.version, { dataset: worded })).championMissed).toEqual(['dist"ance']);
    expect(await refusal(compare(without.version, learnt.version, { dataset: narrow }))).toMatchObject({
      code: 'SCHEMA_CHANGED',
    });
  });

  it('says by what it was compared, where rows cannot be resampled for what was asked', async () => {
    const comparison = await compare(plain.version, learnt.version, { objective: 'prAuc' });
    expect(comparison).toMatchObject({ objective: 'prAuc', metric: 'rocAuc' });
  });

  it('is not compared on what the champion learnt, whose training went on for longer', async () => {
    const at = (i: number) => new Date(minute(i)).toISOString().slice(0, 19).concat('Z');
    const short = await makeVersion('baseline', {
      split: { validationFrom: at(4000), testFrom: at(6000), testTo: at(12_000) },
    });
    const long = await makeVersion('baseline', { split: { validationFrom: at(8000), testFrom: at(10_000) } });
    expect((await compare(long.version, short.version)).rows).toBe(2000);
    expect((await compare(short.version, long.version)).rows).toBe(10_000);
    expect((await compare(long.version, short.version, { compareFrom: at(7000) })).rows).toBe(10_000);
    const none = await makeVersion('baseline', {
      split: { validationFrom: at(2000), testFrom: at(3000), testTo: at(9000) },
    });
    expect(await refusal(compare(long.version, none.version))).toMatchObject({ code: 'SPLIT_EMPTY' });
  });

  it('needs labels, and versions that exist', async () => {
    expect(await refusal(compare(plain.version, learnt.version, { dataset: raw }))).toMatchObject({
      code: 'LABEL_INVALID',
    });
    expect(await refusal(compare(99, learnt.version))).toMatchObject({ code: 'VERSION_NOT_FOUND' });
  });
});

describe('a gate', () => {
  it('holds a version against what serves on the same rows, and against the limits of monitoring', async () => {
    const ports = { ...data.ports, ...stores };
    const versions = { model: 'late', version: learnt.version, serving: plain.version };
    expect((await findVersion(ports, versions)).evidence).toContain(
      `not compared on the same rows with version ${plain.version}, which serves`,
    );
    await compareAtGate(ports, versions, origin);
    await compareAtGate(ports, versions, origin);
    const compared = await compare(plain.version, learnt.version);
    const { evidence } = await findVersion(ports, versions);
    expect(evidence.slice(2).filter((line) => !line.startsWith('data as read'))).toEqual([
      `version ${plain.version}, which serves → version ${learnt.version}, on the same ${compared.rows} test rows:`,
      `log loss ${compared.champion.toFixed(4)} → ${compared.challenger.toFixed(4)}: ${differenceInWords(compared)}`,
      expect.stringMatching(/^ROC AUC 0\.5000 → 0\.[6-9]\d+: better by 0\.\d+ \(95 %: 0\.\d+ to 0\.\d+\)$/),
      expect.stringMatching(/^mean answer − mean outcome [+−]0\.\d+ → [+−]0\.\d+$/),
      expect.stringMatching(/^within monitoring's limit of calibration: gap 0\.0\d+ ≤ 0\.030$/),
      `read more: npx temporal-mlops card late@${learnt.version}; npx temporal-mlops report late`,
    ]);
    const recorded = await stores.ledger.fact(comparisonKey(versions));
    expect(recorded).toMatchObject({ rows: compared.rows, mayKnowRows: false, packageDigest: learnt.packageDigest });
  });

  it('lists what is odd about the data, and rules that do not hold', async () => {
    const sql = { sql: "select *, 'x' as same, null::double as empty from f", orderBy: ['departure'] };
    const expectations = [{ kind: 'range', column: 'delay', max: 39, severity: 'warn' }];
    const { labelled: odd } = await makeDataset('odd', { ...sql, expectations });
    const warnings = await dataWarnings({ ...data.ports, ...stores }, odd.digest);
    expect(warnings.filter((line) => !line.startsWith('data as read'))).toEqual([
      expect.stringMatching(/^data: expectation range of delay does not hold: \d+ /),
      'data: empty: empty',
      'data: the same in every row: same',
    ]);
  });
});

describe('a packaged model', () => {
  it('carries a baseline that its own test rows do not drift from, and moved rows do', async () => {
    const columns = learnt.signature.inputs.map(({ name }) => name);
    const sample = await data.sample(labelled.digest, columns, 3000);
    const monitor = createMonitorActivities({ ...data.ports, ...stores });
    const look = async (environment: string, farther: number) => {
      const records = Array.from({ length: 3000 }, (_, i): PredictionRecord => {
        const inputs = Object.fromEntries(columns.map((name) => [name, sample[name]?.[i] ?? null]));
        const distance = Number(inputs['dist"ance']) + farther;
        const at = new Date(minute(i % 1440)).toISOString();
        const { departure } = inputs;
        const time = typeof departure === 'number' ? new Date(departure).toISOString() : null;
        return {
          predictionId: predictionIdAt(at, `${environment} ${i}`),
          requestId: `${environment}#${i}`,
          model: 'late',
          version: learnt.version,
          modelDigest: learnt.modelDigest,
          environment,
          at,
          eventAt: at,
          inputs: { ...inputs, 'dist"ance': distance, departure: time },
          output: 0.3,
        };
      });
      const blob = await data.ports.blobs.put(Buffer.from(records.map((row) => `${JSON.stringify(row)}\n`).join('')));
      await stores.predictions.appendSegment({ environment, ...blob, lost: 0 }, records);
      const window = { from: '2001-01-01', to: '2001-01-02' };
      return monitor.monitorWindow(MonitorInput.parse({ model: 'late', environment, window }), origin);
    };
    expect((await look('steady', 0)).driftedColumns).toEqual(['(prediction)']);
    expect((await look('moved', 500)).driftedColumns).toEqual(expect.arrayContaining(['dist"ance', '(prediction)']));
  });
});
