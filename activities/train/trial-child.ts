import { writeFile } from 'node:fs/promises';
import { canonicalJson, errorCode, failure, type Metrics, type Task } from '../../schemas/index.js';
import { baseline } from '../../statistics/learners/constant.js';
import type { FittedModel, Matrix, Trainer, TrainingJob } from '../../statistics/learners/learner.js';
import { scoreModel } from '../../statistics/learners/score.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import { trainers } from '../adapters.js';
import { measureBytes } from '../hashing.js';
import { buildOnnxModel } from '../onnx/model-graph.js';
import { childMain, type Report } from '../processes/child-main.js';
import { findTrainer } from '../trainers/trainer-registry.js';
import { type Matrices, readMatrices } from './matrix-file.js';
import type { RunDocument } from './run-document.js';
import { TrialJob, type TrialOutcome } from './trial-job.js';

/** Process entry: one trial. Learns, measures, and writes the run document. */
await childMain(async (input, report): Promise<TrialOutcome> => {
  const job = TrialJob.parse(input);
  const trainer = await trainerOf(job);
  const matrices = await readMatrices(job.matrixFile, job.meta);
  const started = performance.now();
  const fitted = learn(trainer, jobOf(job, matrices, report));
  const seconds = (performance.now() - started) / 1000;
  const document = documentOf(job, matrices, fitted);
  await writeFile(job.runFile, canonicalJson(document));
  return { modelDigest: document.modelDigest, ...document.metrics, seconds };
});

async function trainerOf({ header, module }: TrialJob): Promise<Trainer> {
  if (module === null) return findTrainer(trainers, header.trainer);
  const exported = (await import(module)) as { trainer?: Trainer };
  if (exported.trainer?.name === header.trainer) return exported.trainer;
  throw failure('TRAINER_UNKNOWN', `${module} exports no "trainer" of the name ${header.trainer}.`, { module });
}

function jobOf({ header, meta }: TrialJob, { train, validation }: Matrices, report: Report): TrainingJob {
  const { parameters, seed } = header;
  const features = meta.features.map(({ name }) => name);
  return { task: meta.task, features, train, validation, parameters, seed, onProgress: everyHundredth(report) };
}

function everyHundredth(report: Report): (share: number) => void {
  let last = -1;
  return (share) => {
    const percent = Math.floor(share * 100);
    if (percent > last) report({ percent: (last = percent) });
  };
}

/** What a trainer throws is its answer to this data, so that a retry would only hear it again. */
function learn(trainer: Trainer, job: TrainingJob): FittedModel {
  try {
    return trainer.train(job);
  } catch (error) {
    if (errorCode(error) !== null) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw failure('TRAINER_FAILED', `${trainer.name} failed: ${why}`, { trainer: trainer.name }, error);
  }
}

function documentOf({ header, meta }: TrialJob, matrices: Matrices, fitted: FittedModel): RunDocument {
  const { task, signature: inputs, features } = meta;
  const constant = baseline.train({ ...matrices, task, features: [], parameters: {}, seed: 0, onProgress: () => {} });
  return {
    format: 'temporal-mlops-run/1',
    ...header,
    task,
    modelDigest: measureBytes(buildOnnxModel({ task, inputs, features, fitted })).digest,
    metrics: measure(fitted, task, matrices),
    baseline: measure(constant, task, matrices),
    spread: tasks[task].answer.spread(matrices.train.labels),
    fitted: structuredClone(fitted) as RunDocument['fitted'],
  };
}

function measure(fitted: FittedModel, task: Task, { validation, test }: Matrices) {
  return { validation: metricsOf(fitted, task, validation), test: metricsOf(fitted, task, test) };
}

function metricsOf(fitted: FittedModel, task: Task, { columns, labels, rows }: Matrix): Metrics {
  return tasks[task].metrics(labels, scoreModel(fitted, task, columns, rows));
}
