import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { ZodError } from 'zod';
import { canonicalJson, errorCode, failure, wrongFields } from '../../schemas/index.js';
import { tasks } from '../../statistics/tasks/tasks.js';
import type { Place } from '../adapter.js';
import { trainers } from '../adapters.js';
import { measureBytes } from '../files/hashing.js';
import { childMain, type Report } from '../processes/child-main.js';
import { Trained, type Trainer } from '../trainers/trainer.js';
import { findTrainer } from '../trainers/trainer-registry.js';
import { type HeldOut, ownAnswers, readHeldOut } from './held-out.js';
import { type Matrices, readMatrices } from './matrix-file.js';
import { type MeasuredModel, measureModel } from './measure-model.js';
import type { RunDocument } from './run-document.js';
import { TrialJob, type TrialOutcome } from './trial-job.js';

/** Process entry: one trial. Learns, measures the model that came of it, and writes the run document. */
await childMain(async (input, report): Promise<TrialOutcome> => {
  const job = TrialJob.parse(input);
  const trainer = await trainerOf(job);
  const heldOut = await readHeldOut(job.meta, await readMatrices(job.matrixFile, job.meta), job.rowsFile);
  const started = performance.now();
  const trained = await train(trainer, { job, heldOut, report });
  const seconds = (performance.now() - started) / 1000;
  const model = await readModel(trained);
  const measured = await measureModel(model, heldOut, ownAnswers(trained, heldOut));
  const document = documentOf(job, heldOut.matrices, { trained, measured, modelDigest: measureBytes(model).digest });
  await writeFile(job.runFile, canonicalJson(document));
  return { modelDigest: document.modelDigest, modelFile: trained.model, ...document.metrics, seconds };
});

async function trainerOf({ header, module }: TrialJob): Promise<Trainer> {
  if (module === null) return findTrainer(trainers, header.trainer);
  const exported = (await import(module)) as { trainer?: Trainer };
  if (exported.trainer?.kind === header.trainer) return exported.trainer;
  throw failure('TRAINER_UNKNOWN', `${module} exports no "trainer" of the kind ${header.trainer}.`, { module });
}

interface Training {
  readonly job: TrialJob;
  readonly heldOut: HeldOut;
  readonly report: Report;
}

/** What a trainer throws is its answer to this data, so that a retry would only hear it again. */
async function train(trainer: Trainer, { job, heldOut, report }: Training): Promise<Trained> {
  const { header, meta, directory } = job;
  const { train, validation } = heldOut.matrices;
  const { task, features, complete, signature: inputs } = meta;
  await mkdir(directory, { recursive: true });
  try {
    const parameters = trainer.options.parse(header.parameters);
    const known = { task, inputs, complete, features, questions: heldOut.questions, parameters, seed: header.seed };
    const trained = await trainer.train({ ...known, train, validation }, placeOf(directory, report));
    return requireBelow(directory, Trained.parse(trained));
  } catch (error) {
    if (errorCode(error) !== null) throw error;
    throw failure('TRAINER_FAILED', `${trainer.kind} failed: ${whyOf(error)}`, { trainer: trainer.kind, cause: error });
  }
}

function whyOf(error: unknown): string {
  if (error instanceof ZodError) return wrongFields(error).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** Cancelling kills the process, so the signal never has to abort. */
function placeOf(directory: string, report: Report): Place {
  const secret = async (name: string): Promise<string> => {
    throw failure('TRAINER_FAILED', `A trainer's own process is given no secret; it asked for "${name}".`, {
      name,
    });
  };
  return { directory, signal: new AbortController().signal, secret, say: report };
}

function requireBelow(directory: string, trained: Trained): Trained {
  if (!relative(directory, trained.model).startsWith('..')) return trained;
  throw failure('TRAINER_FAILED', `The trainer wrote its model to ${trained.model}, outside its own folder.`);
}

async function readModel({ model }: Trained): Promise<Uint8Array> {
  return readFile(model).catch((error: Error) => {
    throw failure('TRAINER_FAILED', `The trainer left no model: ${error.message}`, { cause: error });
  });
}

function documentOf(
  { header, meta }: TrialJob,
  matrices: Matrices,
  { trained, measured, modelDigest }: { trained: Trained; measured: MeasuredModel; modelDigest: string },
): RunDocument {
  return {
    format: 'temporal-mlops-run/1',
    ...header,
    task: meta.task,
    modelDigest,
    ...measured,
    baseline: constantMetrics(meta, matrices),
    notes: trained.notes,
  };
}

/** Of the one answer that suits all training rows best: the class rate or the mean. */
function constantMetrics({ task }: TrialJob['meta'], { train, validation, test }: Matrices) {
  const { link, metrics } = tasks[task];
  const answer = link.answer(link.start(train.labels));
  const of = (labels: Float64Array) => metrics(labels, new Float64Array(labels.length).fill(answer));
  return { validation: of(validation.labels), test: of(test.labels) };
}
