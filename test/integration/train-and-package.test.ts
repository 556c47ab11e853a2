import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { trainers } from '../../activities/adapters.js';
import { buildOnnxModel } from '../../activities/onnx/model-graph.js';
import { encodeRows } from '../../activities/onnx/raw-columns.js';
import { scoreRows } from '../../activities/onnx/scoring.js';
import { createPackageActivities } from '../../activities/package.js';
import { migrate } from '../../activities/stores/postgres/migrate.js';
import { openStores, type PostgresStores } from '../../activities/stores/postgres/open-stores.js';
import { codeCommit, codeDigest } from '../../activities/train/code-digest.js';
import { copiedRows } from '../../activities/train/copied-rows.js';
import { ParityCheck } from '../../activities/train/parity.js';
import { runTrial } from '../../activities/train/trial.js';
import { createTrainActivities, type TrainActivities } from '../../activities/train.js';
import type { RegisteredTrainer } from '../../activities/trainers/trainer-registry.js';
import {
  type CheckedTrainInput,
  Metrics,
  PackageManifest,
  type PackageResult,
  TrainInput,
} from '../../schemas/index.js';
import { loadPackage } from '../../server/model/load-package.js';
import { scoreModel } from '../../statistics/learners/score.js';
import { rowsOf } from '../statistics/learners/rows-of.js';
import { type DataFixture, dataFixture, planned, refusal } from './data-fixture.js';
import { createDatabase } from './ledger-database.js';

const origin = { workflowId: 'train/late', step: 'train' };
let data: DataFixture;
let stores: PostgresStores;
let training: TrainActivities;

/** 6,000 trips over 60 days: late in the evening, from one city more than from another; some values are missing. */
const trips = `
  SELECT TIMESTAMP '1969-12-01' + to_seconds(i * 864 + 7) AS "départ",
    CASE WHEN i % 11 = 0 THEN NULL ELSE (i * 7919) % 1009 / 10.0 END AS "distance ""km""",
    CASE WHEN i % 13 = 0 THEN NULL ELSE ['Köln', 'Łódź', '東京', ''][1 + (i * 31) % 4] END AS city,
    CASE WHEN i % 17 = 0 THEN NULL ELSE i % 3 = 0 END AS express,
    (i * 6151) % 97 AS seats,
    ((i * 7919) % 1009) / 20.0 + CASE WHEN (i * 31) % 4 = 1 THEN 30 ELSE 0 END + (i * 8191) % 23 AS delay
  FROM range(6000) t(i)`;

beforeAll(async () => {
  data = dataFixture();
  await data.parquet('trips.parquet', trips);
  const databaseUrl = await createDatabase('train_and_package');
  await migrate(databaseUrl);
  stores = await openStores({ databaseUrl });
  training = createTrainActivities({ ...data.ports, ...stores, trainers });
  const collected = await data.collect({ sources: [{ name: 'trips', path: 'trips.parquet' }] });
  await stores.ledger.append(collected.fact);
  for (const [output, rule] of [
    ['late', 'delay > 45'],
    ['minutes', 'delay'],
  ] as const) {
    const knownAt = '"départ" + to_minutes(90)';
    const labelled = await data.label(collected.fact.digest, { output, rule, knownAt, timeColumn: 'départ' });
    await stores.ledger.append(labelled.fact);
  }
});
afterAll(async () => {
  await stores?.close();
  data?.close();
});

const inputOf = (model: string, search: Record<string, unknown> = {}) =>
  TrainInput.parse({ model, dataset: { name: model }, search: { trials: 4, ...search } });

async function train(input: CheckedTrainInput) {
  const { trials, plan } = await planned(training, input, origin);
  const results = [];
  for (const trial of trials) results.push(await training.runTrial({ model: input.model, plan, trial }, origin));
  return { plan, trials, results, best: await training.chooseBestRun({ train: input, plan, results }, origin) };
}

/** A file of a team's own that exports the trainer. */
function ownTrainer(kind: string, expression: string): RegisteredTrainer {
  const fixture = new URL('../fixtures/own-trainer.js', import.meta.url).href;
  data.write(`${kind}.mjs`, `import { constantTrainer } from '${fixture}';\nexport const trainer = ${expression};\n`);
  return { ...trainers[0]!, kind, module: pathToFileURL(join(data.sources, `${kind}.mjs`)).href };
}

/** What the package's MLmodel says of the answers. */
async function mlflowOutput({ files }: PackageResult): Promise<unknown> {
  const { digest } = files.find(({ path }) => path === 'MLmodel')!;
  const { signature } = parse((await data.ports.blobs.get(digest)).toString());
  return JSON.parse(signature.outputs);
}

describe('train and package', () => {
  it.each(['late', 'minutes'])('makes a version of %s that a model server may load', async (model) => {
    const { best, results, plan, trials } = await train(inputOf(model));
    expect(results.map(({ kind }) => kind)).toEqual(['finished', 'finished', 'finished', 'finished']);
    expect(best).toMatchObject({ beatsBaseline: true, dataset: { name: model, version: 1 } });
    expect(Metrics.parse(best.test)).toEqual(best.test);
    expect(best.refused.map(({ column }) => column)).toContain('delay');

    const again = await training.runTrial({ model, plan, trial: trials[3]! }, origin);
    expect(again).toEqual({ ...results[3], seconds: 0 });

    const packaging = createPackageActivities({ ...data.ports, ...stores });
    const version = await packaging.packageRun({ model }, origin);
    expect(version).toMatchObject({ version: 1, isNew: true, runId: best.runId, modelDigest: best.modelDigest });
    expect(version.parity.rows).toBeGreaterThanOrEqual(900);
    expect(version.parity.rowsWithMissing).toBeGreaterThanOrEqual(100);
    expect(version.parity.maxDifference).toBeLessThan(model === 'late' ? 1e-6 : 1e-4);
    expect(version.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'MLmodel',
        'model.onnx',
        'golden.json',
        'baseline.json',
        'model-card.md',
        'requirements.txt',
      ]),
    );
    const card = (await data.ports.blobs.get(version.modelCard.digest)).toString();
    expect(card).toContain('| baseline |');
    expect(JSON.stringify(version)).not.toContain('dataframe_records');

    const manifest = PackageManifest.parse(JSON.parse((await data.ports.blobs.get(version.packageDigest)).toString()));
    expect(manifest.signature.timeColumn).toBe('départ');
    const { loaded } = await loadPackage(version, model, (digest) => data.ports.blobs.get(digest));
    expect(loaded.manifest).toEqual(manifest);
    expect(await mlflowOutput(version)).toMatchObject([{ type: model === 'late' ? 'float' : 'double' }]);

    const repeated = await packaging.packageRun(
      { model, runId: best.runId },
      { workflowId: 'another', step: 'package' },
    );
    expect(repeated).toEqual({ ...version, isNew: false });
    const { nodes: steps } = await stores.ledger.lineage(`${model}@1`);
    expect(steps.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['modelVersion', 'run', 'labelledDataset', 'dataset', 'source']),
    );
    const code = [`code ${await codeDigest()}`, `commit ${await codeCommit()}`];
    for (const id of [`${model}@1`, best.runId])
      expect((await stores.ledger.lineage(id)).nodes.map(({ kind, label }) => `${kind} ${label}`)).toEqual(
        expect.arrayContaining(code),
      );
  });

  it('records what a trainer refuses as a failed run, and does not try it again', async () => {
    const parameters = { gbt: { maxDepth: 99 }, linear: { l2: 'much' } };
    const input = inputOf('late', { trainers: ['gbt', 'linear'], parameters, trials: 2 });
    const { trials, plan } = await planned(training, input, origin);
    const run = () => training.runTrial({ model: 'late', plan, trial: trials[0]! }, origin);
    const failed = await run();
    expect(failed).toMatchObject({ kind: 'failed', reason: expect.stringContaining('"maxDepth" must be') });
    expect(await run()).toEqual(failed);
    const results = [failed, await training.runTrial({ model: 'late', plan, trial: trials[1]! }, origin)];
    const refused = await refusal(training.chooseBestRun({ train: input, plan, results }, origin));
    expect(refused).toMatchObject({ code: 'ALL_TRIALS_FAILED', message: expect.stringContaining('"l2" must be') });
  });

  it("learns with a team's own trainer, from its own file", async () => {
    const half = ownTrainer('half', "constantTrainer('half', () => 0.5)");
    const own = createTrainActivities({ ...data.ports, ...stores, trainers: [half] });
    const { trials, plan } = await planned(own, inputOf('late', { trainers: ['half'] }), origin);
    const result = await own.runTrial({ model: 'late', plan, trial: trials[0]! }, origin);
    expect(result).toMatchObject({
      kind: 'finished',
      test: { meanPredicted: 0.5, logLoss: expect.closeTo(Math.LN2, 6) },
    });
  });

  it("describes a team's model by the type of its own answers", async () => {
    const flat = ownTrainer('flat', "{ ...constantTrainer('flat', () => 25), tasks: ['regression'] }");
    const own = createTrainActivities({ ...data.ports, ...stores, trainers: [flat] });
    const input = { ...inputOf('minutes', { trainers: ['flat'], trials: 1 }), model: 'flat' };
    const { trials, plan } = await planned(own, input, origin);
    const results = [await own.runTrial({ model: 'flat', plan, trial: trials[0]! }, origin)];
    await own.chooseBestRun({ train: input, plan, results }, origin);
    const version = await createPackageActivities({ ...data.ports, ...stores }).packageRun({ model: 'flat' }, origin);
    const { loaded } = await loadPackage(version, 'flat', (digest) => data.ports.blobs.get(digest));
    expect(loaded.precision).toBe('float32');
    expect(await mlflowOutput(version)).toEqual([{ type: 'float', name: 'prediction', required: true }]);
  });

  it('refuses a package that answers otherwise than the trainer, and names the row', async () => {
    const inputs = [{ name: 'x', type: 'number' as const }];
    const features = [{ kind: 'numeric' as const, name: 'x', column: 'x' }];
    const fitted = { kind: 'linear' as const, weights: [1], bias: 0, fill: [0], mean: [0], scale: [1] };
    const model = buildOnnxModel({ task: 'regression', inputs, features, fitted });
    const signature = { inputs, output: { name: 'prediction' as const, type: 'number' as const } };
    const x = [1, 2, 3, ...copiedRows(inputs, { x: [1, 2, 3] }).x!];
    const answers = await scoreRows(model, signature, { x });
    const checkParity = async (weights: number[], spread: number) => {
      const expected = scoreModel({ ...fitted, weights }, 'regression', rowsOf(encodeRows(features, { x })));
      const check = new ParityCheck(inputs, { spread, middle: 0 });
      check.compare({ expected, answers, columns: [x] });
      return check.result();
    };
    expect(await checkParity([1], 3)).toMatchObject({ rows: 9, rowsWithMissing: 3, maxDifference: 0 });
    expect(await checkParity([1.01], 1e4)).toMatchObject({ rows: 9, maxDifference: expect.closeTo(0.03, 6) });
    const failed = await refusal(checkParity([1.01], 3));
    expect(failed).toMatchObject({ code: 'PARITY_FAILED', message: expect.stringContaining('in row 3 of those') });
    expect(failed.message).not.toContain('"x"');
  });

  it.each([
    ['own answers are missing', '{ answers: [] }', 'gave 0 answers of its own'],
    ['model is not there', '{ model: `${at.directory}/none.onnx` }', 'left no model'],
    ['notes cannot be kept', '{ notes: { why: null } }', 'notes.why'],
    ['model is not below its folder', "{ model: '/etc/passwd' }", 'outside its own folder'],
    [
      'model answers otherwise than itself',
      '{ answers: trained.answers.map((block) => block.map((answer) => answer + 0.001)) }',
      'differ by 0.001',
    ],
  ])('records a failed run of a trainer whose %s', async (_, change, reason) => {
    const changed = `(() => {
      const honest = constantTrainer('liar', () => 0.5);
      const train = async (job, at) => { const trained = await honest.train(job, at); return { ...trained, ...${change} }; };
      return { ...honest, train };
    })()`;
    const own = createTrainActivities({ ...data.ports, ...stores, trainers: [ownTrainer('liar', changed)] });
    const { trials, plan } = await planned(own, inputOf('late', { trainers: ['liar'] }), origin);
    const result = await own.runTrial({ model: 'late', plan, trial: trials[0]! }, origin);
    expect(result).toMatchObject({ kind: 'failed', reason: expect.stringContaining(reason) });
  });

  it('kills the trial when it is cancelled', async () => {
    const input = inputOf('late', {
      trainers: ['gbt'],
      trials: 1,
      parameters: { gbt: { trees: 5000, learningRate: 0.001, earlyStoppingRounds: 0, maxLeaves: 1024 } },
    });
    const { trials, plan } = await planned(training, input, origin);
    const cancelling = new AbortController();
    const beat = { signal: cancelling.signal, say: () => cancelling.abort(new Error('cancelled by a person')) };
    const ports = { ...data.ports, ...stores, trainers };
    const running = runTrial(ports, { model: 'late', plan, trial: trials[0]! }, { origin, beat });
    await expect(running).rejects.toThrow('cancelled by a person');
  });

  it.each([
    [{ search: { trainers: ['catboost'] } }, 'TRAINER_UNKNOWN'],
    [{ search: { objective: 'rmse' } }, 'InvalidInput'],
    [{ dataset: { name: 'nowhere' } }, 'DATASET_NOT_FOUND'],
  ])('refuses the plan %j with %s', async (change, code) => {
    const input = TrainInput.parse({ model: 'late', dataset: { name: 'late' }, ...change });
    expect((await refusal(training.planTraining(input, origin))).code).toBe(code);
  });

  it('refuses to package a run that is not there, or is of another model', async () => {
    const packaging = createPackageActivities({ ...data.ports, ...stores });
    expect((await refusal(packaging.packageRun({ model: 'nobody' }, origin))).code).toBe('RUN_NOT_FOUND');
    const { runId } = (await stores.registry.bestRun('minutes'))!;
    expect((await refusal(packaging.packageRun({ model: 'late', runId }, origin))).code).toBe('RUN_NOT_FOUND');
  });
});
