import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compactPredictions } from '../../activities/monitor/compact.js';
import { createMonitorActivities, type MonitorActivities } from '../../activities/monitor.js';
import type { BlobStore } from '../../activities/stores/blob-store.js';
import { openBlobStore } from '../../activities/stores/open-blob-store.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import {
  canonicalJson,
  type Digest,
  MonitorInput,
  MonitorResult,
  type OutcomeRecord,
  type PackageManifest,
  type PredictionRecord,
} from '../../schemas/index.js';
import { describeCategorical, describeNumeric } from '../../statistics/drift/column.js';
import { seededRandom } from '../../statistics/random.js';
import { createDatabase } from './ledger-database.js';
import { batchOf, predictionIdAt } from './ledger-facts.js';

const folder = mkdtempSync(join(tmpdir(), 'mlops-monitor-'));
const origin = { workflowId: 'monitor/test', step: 'monitor' };
/** a name that breaks out of whatever does not quote it */
const odd = `Größe "cm"'; DROP TABLE <img src=x onerror=alert(1)> 東京`;
let databaseUrl: string;
let blobs: BlobStore;
let stores: PostgresStores;
let activities: MonitorActivities;

beforeAll(async () => {
  blobs = openBlobStore(pathToFileURL(join(folder, 'blobs')).href);
  databaseUrl = await createDatabase('monitor');
  await migrate(databaseUrl);
  stores = await openStores({ databaseUrl });
  activities = createMonitorActivities({ ...stores, blobs, workDirectory: folder });
});
afterAll(async () => {
  await stores?.close();
  await blobs?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface RowOptions {
  readonly farther?: number;
  readonly carriers?: readonly string[];
  readonly missing?: number;
}

/** One row as a request carries it, and the probability that the event happens. */
function randomRow(
  random: () => number,
  { farther = 0, carriers = ['AA', 'DL', 'UA'], missing = 0.02 }: RowOptions = {},
) {
  const distance = 100 + 2000 * random() * random() + farther;
  const carrier = carriers[Math.floor(random() * carriers.length)] ?? null;
  const size = random() < missing ? null : 150 + 40 * random();
  const inputs: PredictionRecord['inputs'] = { distance, carrier, [odd]: size, weekend: random() < 2 / 7 };
  return { inputs, probability: 0.05 + distance / 6000 };
}

async function putJson(value: unknown): Promise<{ digest: Digest; sizeBytes: number; uri: string }> {
  return blobs.put(Buffer.from(canonicalJson(value)));
}

/** A model version as packaging leaves it, as far as monitoring reads it. */
async function packageVersion(model: string, seed: string): Promise<{ version: number; modelDigest: Digest }> {
  const random = seededRandom(seed);
  const rows = Array.from({ length: 20_000 }, () => randomRow(random));
  const numbers = (name: string) => describeNumeric(rows.map(({ inputs }) => Number(inputs[name] ?? Number.NaN)));
  const columns = {
    distance: numbers('distance'),
    carrier: describeCategorical(rows.map(({ inputs }) => inputs.carrier as string)),
    [odd]: numbers(odd),
    weekend: numbers('weekend'),
    departure: describeNumeric(rows.map((_, i) => Date.parse('2001-01-01') + i)),
  };
  const baseline = await putJson({ columns, prediction: describeNumeric(rows.map((row) => row.probability)) });
  const modelBlob = await blobs.put(Buffer.from(`model ${model} ${seed}`));
  const metrics = {
    prAuc: 0.4,
    logLoss: 0.4,
    brier: 0.1,
    calibrationError: 0.01,
    meanPredicted: 0.2,
    meanObserved: 0.2,
    rows: 9,
  };
  const manifest: PackageManifest = {
    format: 'temporal-mlops-package/1',
    model,
    task: 'binary',
    signature: {
      inputs: [
        { name: 'distance', type: 'number' },
        { name: 'carrier', type: 'string' },
        { name: odd, type: 'number' },
        { name: 'weekend', type: 'boolean' },
        { name: 'departure', type: 'timestamp' },
      ],
      output: { name: 'probability', type: 'number' },
      timeColumn: 'departure',
    },
    modelDigest: modelBlob.digest,
    datasetDigest: modelBlob.digest,
    matrixDigest: modelBlob.digest,
    trainer: 'baseline',
    parameters: {},
    seed: 1,
    builtWith: { node: '20', onnxruntime: '1', codeDigest: modelBlob.digest, commit: null },
    metrics: { validation: { ...metrics, rocAuc: 0.62 }, test: { ...metrics, rocAuc: 0.62 } },
    files: [{ path: 'baseline.json', digest: baseline.digest, sizeBytes: baseline.sizeBytes }],
  };
  const { digest: packageDigest } = await putJson(manifest);
  const appended = await stores.ledger.append({
    kind: 'modelVersion',
    key: `modelVersion/${model}/${packageDigest}`,
    origin: { workflowId: `package/${model}`, step: 'package' },
    digest: packageDigest,
    artifacts: [{ ...modelBlob, kind: 'model' }],
    body: {
      model,
      runId: seed,
      modelDigest: modelBlob.digest,
      packageDigest,
      datasetDigest: modelBlob.digest,
      files: manifest.files,
    },
  });
  return { version: appended.version as number, modelDigest: modelBlob.digest };
}

interface Day extends RowOptions {
  readonly model: string;
  readonly version: number;
  readonly modelDigest: Digest;
  readonly day: string;
  readonly rows: number;
  readonly gzip?: boolean;
  readonly environment?: string;
  /** of the rows, how many get a true outcome */
  readonly outcomeShare?: number;
  /** what is added to the true probability of the event */
  readonly moreOften?: number;
  /** the number of the first row: a day may come in several segments */
  readonly first?: number;
}

/** Logs a day as the server does: one segment of JSON lines, its fact, and later its outcomes. */
async function logDay(day: Day): Promise<void> {
  const { model, version, modelDigest, environment = 'production', outcomeShare = 1, moreOften = 0, first = 0 } = day;
  const random = seededRandom(`${model} ${version} ${day.day}${first === 0 ? '' : ` from ${first}`}`);
  const at = '2026-01-01T00:00:00.000Z';
  const outcomes: { predictionId: string; outcome: number }[] = [];
  const records: PredictionRecord[] = Array.from({ length: day.rows }, (_, i) => {
    const { inputs, probability } = randomRow(random, day);
    const predictionId = predictionOf(day, first + i);
    const eventAt = new Date(Date.parse(day.day) + Math.floor((i / day.rows) * 86_400_000)).toISOString();
    if (random() < outcomeShare) outcomes.push({ predictionId, outcome: random() < probability + moreOften ? 1 : 0 });
    return {
      predictionId,
      requestId: predictionId,
      model,
      version,
      modelDigest,
      environment,
      at,
      eventAt,
      inputs: { ...inputs, departure: eventAt },
      output: probability,
    };
  });
  const lines = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const blob = await blobs.put(day.gzip ? gzipSync(lines) : lines);
  await stores.predictions.appendSegment({ environment, ...blob, lost: 0 }, records);
  if (outcomes.length > 0) await say(outcomes);
}

const predictionOf = ({ model, version, day, environment = 'production' }: Day, i: number) =>
  predictionIdAt('2026-01-01T00:00:00.000Z', `${model} ${version} ${day} ${environment} ${i}`);

async function say(outcomes: readonly Partial<OutcomeRecord>[]): Promise<void> {
  await stores.predictions.recordOutcomes(batchOf(outcomes), { workflowId: 'test', step: 'outcomes' });
}

async function monitor(model: string, more: Record<string, unknown> = {}): Promise<MonitorResult> {
  const result = await activities.monitorWindow(MonitorInput.parse({ model, ...more }), origin);
  return MonitorResult.parse(result);
}

const windowOf = (day: string, next: string) => ({ from: `${day}T00:00:00.000Z`, to: `${next}T00:00:00.000Z` });

describe('a window of predictions', () => {
  it('is healthy when nothing moved, and leaves a page and the whole result', async () => {
    const version = await packageVersion('steady', 'a');
    await logDay({ model: 'steady', ...version, day: '2001-04-18', rows: 2000 });
    await logDay({ model: 'steady', ...version, day: '2001-04-19', rows: 10 });
    const result = await monitor('steady');
    expect(result).toMatchObject({
      version: version.version,
      window: windowOf('2001-04-18', '2001-04-19'),
      predictions: 2000,
      outcomes: 2000,
      driftedColumns: [],
      verdict: 'healthy',
      badWindows: 0,
      retrainAsked: false,
    });
    expect(result.drift.map((column) => column.column).sort()).toEqual(
      ['(prediction)', 'carrier', 'distance', odd, 'weekend'].sort(),
    );
    const { htmlDigest, jsonDigest } = result.report ?? { htmlDigest: '', jsonDigest: '' };
    const { report: _, ...rest } = result;
    expect(JSON.parse((await blobs.get(jsonDigest)).toString())).toEqual(rest);
    const page = (await blobs.get(htmlDigest)).toString();
    expect(page).toContain('Größe &quot;cm&quot;&#39;; DROP TABLE &lt;img src=x onerror=alert(1)&gt; 東京');
    expect(page).not.toContain('<img');
    expect(readdirSync(folder).filter((name) => name.startsWith('mlops-job-'))).toEqual([]);
  });

  it('has nothing to look at while the day is not over', async () => {
    const version = await packageVersion('today', 'a');
    expect(await monitor('today')).toMatchObject({ verdict: 'nothingToLookAt', window: null, report: null });
    await logDay({ model: 'today', ...version, day: '2001-04-18', rows: 100 });
    expect(await monitor('today')).toMatchObject({ verdict: 'nothingToLookAt', window: null, report: null });
    expect(await stores.registry.monitorMark({ model: 'today', environment: 'production' })).toEqual({
      watermark: null,
      badWindows: 0,
      verdict: null,
    });
    const empty = await monitor('today', { window: { from: '2001-05-01', to: '2001-05-02' } });
    expect(empty).toMatchObject({ verdict: 'nothingToLookAt', report: null });
    expect(empty.window).toEqual(windowOf('2001-05-01', '2001-05-02'));
  });

  it('is not ended early by an event time that has not come yet, today and in a replay', async () => {
    const version = await packageVersion('early', 'a');
    await logDay({ model: 'early', ...version, day: '2001-04-18', rows: 1200 });
    await logDay({ model: 'early', ...version, day: '2999-01-01', rows: 1 });
    expect(await monitor('early')).toMatchObject({ verdict: 'nothingToLookAt', window: null });
    await logDay({ model: 'early', ...version, day: '2001-04-19', rows: 1 });
    expect(await monitor('early')).toMatchObject({ window: windowOf('2001-04-18', '2001-04-19'), predictions: 1200 });

    const live = await packageVersion('live', 'a');
    const today = new Date().toISOString().slice(0, 10);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    for (const day of [today, tomorrow]) await logDay({ model: 'live', ...live, day, rows: 1200 });
    expect(await monitor('live')).toMatchObject({ verdict: 'nothingToLookAt', window: null });
  });

  it('shows which columns moved, in a zipped log too', async () => {
    const version = await packageVersion('moved', 'a');
    const carriers = ['AA', 'DL', 'Ünïted "Air"', 'ZZ'];
    await logDay({
      model: 'moved',
      ...version,
      day: '2001-04-18',
      rows: 1500,
      farther: 900,
      carriers,
      missing: 0.5,
      gzip: true,
    });
    const result = await monitor('moved', { window: { from: '2001-04-18', to: '2001-04-19' } });
    expect(result.verdict).toBe('drifted');
    expect([...result.driftedColumns].sort()).toEqual(['(prediction)', 'carrier', 'distance', odd].sort());
    expect(result.drift.find(({ column }) => column === 'carrier')?.reason).toContain('There are 2 new categories.');
    expect(JSON.stringify(result)).not.toMatch(/Ünïted|ZZ/);
    expect(result.dataQuality.find(({ column }) => column === odd)?.missingShare).toBeCloseTo(0.5, 1);
  });

  it('judges quality on the outcomes that are known, and not on too few', async () => {
    const version = await packageVersion('late', 'a');
    const day = { model: 'late', ...version, rows: 2500, moreOften: 0.12 } as const;
    await logDay({ ...day, day: '2001-04-18', outcomeShare: 0.2 });
    await logDay({ ...day, day: '2001-04-19', outcomeShare: 0.6 });
    await logDay({ ...day, day: '2001-04-20', outcomeShare: 0, rows: 1 });
    const few = await monitor('late');
    expect(few).toMatchObject({ verdict: 'healthy', predictions: 2500 });
    expect(few.outcomes).toBeGreaterThan(400);
    expect(few.outcomes).toBeLessThan(600);
    expect(few.reasons.at(-1)).toMatch(
      /^Quality is not judged: of 2500 predictions \d+ outcomes are known, 1000 are needed\.$/,
    );
    const enough = await monitor('late');
    expect(enough).toMatchObject({ verdict: 'decayed', badWindows: 1, retrainAsked: false });
    expect(enough.calibrationGap).toBeCloseTo(-0.12, 1);
    expect(enough.reasons[0]).toContain('below the mean outcome');
  });

  it('goes day by day, passes days without predictions over, and asks for retraining when patience ends', async () => {
    const version = await packageVersion('daily', 'a');
    const day = { model: 'daily', ...version, rows: 1200, moreOften: 0.15 };
    for (const date of ['2001-04-18', '2001-04-19', '2001-06-30']) await logDay({ ...day, day: date });
    await logDay({ ...day, day: '2001-07-01', moreOften: 0 });
    await logDay({ ...day, day: '2001-07-02', rows: 1 });
    const seen = [await monitor('daily'), await monitor('daily'), await monitor('daily'), await monitor('daily')];
    expect(seen.map(({ window }) => window?.from.slice(0, 10))).toEqual([
      '2001-04-18',
      '2001-04-19',
      '2001-06-30',
      '2001-07-01',
    ]);
    expect(seen.map(({ verdict }) => verdict)).toEqual(['decayed', 'decayed', 'decayed', 'healthy']);
    expect(seen.map(({ badWindows }) => badWindows)).toEqual([1, 2, 3, 0]);
    expect(seen.map(({ retrainAsked }) => retrainAsked)).toEqual([false, true, true, false]);
    expect(await monitor('daily')).toMatchObject({ verdict: 'nothingToLookAt' });
  });

  it('judges a replay to its end beside a request of yesterday and one of today, and a day anew that was judged too early', async () => {
    const version = await packageVersion('replayed', 'a');
    const day = { model: 'replayed', ...version } as const;
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    await logDay({ ...day, day: '2022-01-01', rows: 1200 });
    await logDay({ ...day, day: '2022-01-02', rows: 1100 });
    for (const date of [daysAgo(1), daysAgo(0)]) await logDay({ ...day, day: date, rows: 1 });
    const early = [await monitor('replayed'), await monitor('replayed')];
    expect(early.map(({ window, predictions }) => [window?.from.slice(0, 10), predictions])).toEqual([
      ['2022-01-01', 1200],
      ['2022-01-02', 1100],
    ]);
    expect(await monitor('replayed')).toMatchObject({ verdict: 'nothingToLookAt' });

    await logDay({ ...day, day: '2022-01-02', first: 1100, rows: 1200 });
    expect(await monitor('replayed')).toMatchObject({ verdict: 'nothingToLookAt' });
    await logDay({ ...day, day: '2022-01-03', rows: 1200 });
    await logDay({ ...day, day: '2022-01-04', rows: 1 });
    const whole = [await monitor('replayed'), await monitor('replayed')];
    expect(whole.map(({ window, predictions }) => [window?.from.slice(0, 10), predictions])).toEqual([
      ['2022-01-02', 2300],
      ['2022-01-03', 1200],
    ]);
    expect(whole[1]?.reasons.at(-1)).toBe(
      'In no window: 1 prediction of 1 other day, too few to look at, or to look at that day again.',
    );
    expect(await monitor('replayed')).toMatchObject({ verdict: 'nothingToLookAt' });
  });

  it('is read from one part when its day lies in many segments, with the same result, and what comes later counts too', async () => {
    const version = await packageVersion('compacted', 'a');
    const day = { model: 'compacted', ...version, day: '2001-04-18', rows: 100 } as const;
    for (let i = 0; i < 20; i += 1) await logDay({ ...day, first: i * 100, gzip: i === 3 });
    await logDay({ ...day, day: '2001-04-19' });
    const first = await monitor('compacted');
    expect(first).toMatchObject({ predictions: 2000, outcomes: 2000 });
    const of = { model: 'compacted', environment: 'production' };
    const compact = () => compactPredictions({ ...stores, blobs, workDirectory: folder }, of, origin);
    expect(await compact()).toEqual({ parts: 1, segments: 20 });
    expect(await compact()).toEqual({ parts: 0, segments: 0 });
    const window = windowOf('2001-04-18', '2001-04-19');
    const files = await stores.predictions.files({ ...of, ...window });
    expect(files).toEqual({ segments: [], parts: [expect.stringMatching(/^[0-9a-f]{64}$/)] });
    expect(await monitor('compacted', { window })).toEqual(first);
    const { nodes } = await stores.ledger.lineage(files.parts[0] ?? '');
    expect(nodes.filter(({ kind }) => kind === 'prediction-segment')).toHaveLength(20);

    await logDay({ ...day, first: 2000, rows: 300 });
    await logDay({ ...day, day: '2001-04-19', first: 100 });
    expect(await monitor('compacted')).toMatchObject({ window, predictions: 2300, outcomes: 2300 });
    expect((await stores.ledger.verify()).faults).toEqual([]);
  });

  it('gives the same result and the same fact when it is looked at again', async () => {
    const version = await packageVersion('again', 'a');
    await logDay({ model: 'again', ...version, day: '2001-04-18', rows: 1500, farther: 900 });
    const window = { from: '2001-04-18', to: '2001-04-19' };
    const first = await monitor('again', { window });
    const facts = (await stores.ledger.verify()).facts;
    expect(await monitor('again', { window })).toEqual(first);
    expect((await stores.ledger.verify()).facts).toBe(facts);
    expect(first).toMatchObject({ verdict: 'drifted', badWindows: 1 });
  });

  it('is another fact when outcomes came in since, and the later look counts', async () => {
    const version = await packageVersion('since', 'a');
    const window = { from: '2001-04-18', to: '2001-04-19' };
    const day = { model: 'since', ...version, day: '2001-04-18', rows: 1500, moreOften: 0.2, outcomeShare: 0 };
    await logDay(day);
    const before = await monitor('since', { window });
    expect(before).toMatchObject({ verdict: 'healthy', outcomes: 0, quality: null, calibrationGap: null });
    const late = Array.from({ length: 1500 }, (_, i) => ({
      predictionId: predictionOf(day, i),
      outcome: i % 2,
    }));
    await say(late);
    const after = await monitor('since', { window });
    expect(after).toMatchObject({ verdict: 'decayed', outcomes: 1500, badWindows: 1 });
    expect(await monitor('since', { window })).toEqual(after);
    expect(await stores.registry.monitorMark({ model: 'since', environment: 'production' })).toEqual({
      watermark: windowOf('2001-04-18', '2001-04-19').to,
      badWindows: 1,
      verdict: 'decayed',
    });
  });

  it('judges the version that answered most, and says who else answered', async () => {
    const one = await packageVersion('two', 'a');
    const two = await packageVersion('two', 'b');
    await logDay({ model: 'two', ...one, day: '2001-04-18', rows: 1100 });
    await logDay({ model: 'two', ...two, day: '2001-04-18', rows: 1900 });
    const input = MonitorInput.parse({ model: 'two', window: { from: '2001-04-18', to: '2001-04-19' } });
    const result = await activities.monitorWindow(input, origin);
    expect(result).toMatchObject({ version: two.version, predictions: 1900 });
    expect(result.reasons).toContain(
      `Version ${two.version} is judged, with 1900 predictions; version ${one.version} answered 1100.`,
    );
  });

  it('says how many outcomes of its model fit no prediction, once the log had time to come', async () => {
    const version = await packageVersion('strayed', 'a');
    await logDay({ model: 'strayed', ...version, day: '2001-04-18', rows: 1000 });
    const look = () => monitor('strayed', { window: { from: '2001-04-18', to: '2001-04-19' } });
    const strays = ['<wrong>-1', '<wrong>-2'].map((requestId) => ({ requestId, model: 'strayed' }));
    await say(strays.map((stray) => ({ ...stray, at: new Date().toISOString() })));
    expect((await look()).reasons.join()).not.toContain('fit no prediction');
    await say(strays);
    const { reasons, report } = await look();
    expect(reasons).toContain(
      '2 of the last 2 outcomes that came in fit no prediction of the log, or several, for example "<wrong>-1"; they count for nothing.',
    );
    expect((await blobs.get(report?.htmlDigest ?? '')).toString()).toContain('&lt;wrong&gt;-1');
    expect(
      (await monitor('steady', { window: { from: '2001-04-18', to: '2001-04-19' } })).reasons.join(),
    ).not.toContain('fit no prediction');
  });

  it('counts a request once that was sent again, and another one of the same name for itself', async () => {
    const version = await packageVersion('repeated', 'a');
    await logDay({ model: 'repeated', ...version, day: '2001-04-18', rows: 1000 });
    const { inputs } = randomRow(seededRandom('repeated'));
    const records = [inputs, inputs, { ...inputs, distance: 77 }].map((asked, i): PredictionRecord => {
      const [at, eventAt] = [`2026-01-01T00:00:0${i}.000Z`, '2001-04-18T10:00:00.000Z'];
      const predictionId = predictionIdAt(at, `repeated ${i}`);
      return {
        ...version,
        model: 'repeated',
        environment: 'production',
        predictionId,
        requestId: 'one',
        at,
        eventAt,
        inputs: asked,
        output: 0.5,
      };
    });
    const blob = await blobs.put(Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join('')));
    await stores.predictions.appendSegment({ environment: 'production', ...blob, lost: 0 }, records);
    const result = await monitor('repeated', { window: { from: '2001-04-18', to: '2001-04-19' } });
    expect(result.predictions).toBe(1002);
  });

  it('looks at its own model, environment and time only', async () => {
    const version = await packageVersion('own', 'a');
    const other = await packageVersion('not-own', 'a');
    await logDay({ model: 'own', ...version, day: '2001-04-18', rows: 1200 });
    await logDay({ model: 'own', ...version, day: '2001-04-18', rows: 700, environment: 'staging', farther: 3000 });
    await logDay({ model: 'not-own', ...other, day: '2001-04-18', rows: 900, farther: 3000 });
    const half = await monitor('own', {
      window: { from: '2001-04-18', to: '2001-04-18T12:00' },
      policy: { minRows: 500 },
    });
    expect(half).toMatchObject({ predictions: 600, verdict: 'healthy' });
    expect(await monitor('own', { window: { from: '2001-04-18', to: '2001-04-19' } })).toMatchObject({
      predictions: 1200,
    });
  });

  it('is refused when it ends before it begins, or when nobody packaged what answered', async () => {
    await expect(monitor('own', { window: { from: '2001-04-19', to: '2001-04-18' } })).rejects.toMatchObject({
      type: 'InvalidInput',
    });
    const stray = { version: 7, modelDigest: 'e'.repeat(64) };
    await logDay({ model: 'stray', ...stray, day: '2001-04-18', rows: 20, outcomeShare: 0 });
    const window = { from: '2001-04-18', to: '2001-04-19' };
    await expect(monitor('stray', { window })).rejects.toMatchObject({ type: 'VERSION_NOT_FOUND' });
  });

  it('keeps the page it has when an equal look is asked for later, and shows the windows before on the next', async () => {
    const version = await packageVersion('trend', 'a');
    const days = ['2001-04-16', '2001-04-17', '2001-04-18'];
    for (const day of days) await logDay({ model: 'trend', ...version, day, rows: 1200 });
    const look = (from: string, to: string, at: string) =>
      activities.monitorWindow(MonitorInput.parse({ model: 'trend', window: { from, to } }), origin, at);
    const first = await look('2001-04-16', '2001-04-17', '2026-01-01T06:00:00.000Z');
    expect(await look('2001-04-16', '2001-04-17', '2026-02-02T06:00:00.000Z')).toEqual(first);
    await look('2001-04-17', '2001-04-18', '2026-01-02T06:00:00.000Z');
    const { windows, asked } = await stores.registry.monitorPast(
      { model: 'trend', environment: 'production' },
      { before: '2001-04-18T00:00:00.000Z', most: 29 },
    );
    expect(windows.map(({ from, verdict, predictions }) => [from.slice(0, 10), verdict, predictions])).toEqual([
      ['2001-04-16', 'healthy', 1200],
      ['2001-04-17', 'healthy', 1200],
    ]);
    expect(asked).toBeNull();
    const { report } = await look('2001-04-18', '2001-04-19', '2026-01-03T06:00:00.000Z');
    const page = (await blobs.get(report?.htmlDigest ?? '')).toString();
    expect(page).toContain('verdicts of the last 3 windows');
    expect(page).toContain('2026-01-03 06:00 UTC');
    expect(page).toContain(`trend@${version.version}, ${version.modelDigest.slice(0, 12)}`);
  });

  it('leads from the model to the report in the lineage', async () => {
    const version = await packageVersion('traced', 'a');
    await logDay({ model: 'traced', ...version, day: '2001-04-18', rows: 1000 });
    const { report } = await monitor('traced', { window: { from: '2001-04-18', to: '2001-04-19' } });
    const { nodes: steps } = await stores.ledger.lineage(report?.htmlDigest ?? '');
    expect(steps.map(({ digest }) => digest)).toEqual(
      expect.arrayContaining([report?.htmlDigest, version.modelDigest]),
    );
  });
});
