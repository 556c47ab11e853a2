import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  canonicalJson,
  type Digest,
  errorCode,
  type FactOrigin,
  MatrixMeta,
  type Metrics,
  type MetricValues,
  type Task,
  type TrialResult,
  type TrialSpec,
  taskMetrics,
} from '../../schemas/index.js';
import { sha256 } from '../files/hashing.js';
import { readJsonBlob } from '../files/json-blob.js';
import { childEntry, runChild } from '../processes/child-process.js';
import type { Beat } from '../processes/heartbeat.js';
import { inJobDirectory } from '../processes/job-directory.js';
import type { RunFact } from '../stores/registry.js';
import { findTrainer } from '../trainers/trainer-registry.js';
import { codeCommit, codeDigest, moduleDigest } from './code-digest.js';
import type { PreparedPlan, TrainPorts, TrialLimits } from './plan.js';
import type { RunHeader } from './run-document.js';
import { type AttemptedRun, failedRun, finishedRun, inputArtifacts, type RunToRecord, runFact } from './run-record.js';
import { type TrialJob, TrialOutcome } from './trial-job.js';

/** Beside the heap that a trainer may have: node, and the matrix, which lies outside of it. */
const matrixMb = 3072;
const defaultLimits: TrialLimits = { memoryMb: 2048, deadlineSeconds: 2 * 3600 };

export interface TrialToRun {
  readonly model: string;
  readonly plan: PreparedPlan;
  readonly trial: TrialSpec;
  /** why it is not tried any more */
  readonly givenUp?: string;
}

/** Which execution of the search asked. */
export type TrialOrigin = FactOrigin & { readonly executionId?: string };

/** See `TrainActivities.runTrial`. The run's id is made of everything that decides its result. */
export async function runTrial(
  ports: TrainPorts,
  { model, plan, trial, givenUp }: TrialToRun,
  { origin, beat }: { origin: TrialOrigin; beat: Beat },
): Promise<TrialResult> {
  const { module = null } = findTrainer(ports.trainers, trial.trainer);
  const meta = await readJsonBlob(ports.blobs, plan.metaDigest, MatrixMeta);
  const header = await headerOf({ model, plan, trial }, meta);
  const own = module === null ? null : await moduleDigest(fileURLToPath(module));
  const runId = `${model}-${keyOf(header, own)}`;
  const known = await ports.registry.run(runId);
  const result = { trial, task: meta.task };
  if (known !== null) return resultOf(known, { ...result, seconds: 0 });
  const attempt = { runId, header, meta, module, plan, beat };
  const { body, artifacts, seconds } =
    givenUp === undefined ? await learn(ports, attempt) : await giveUp(ports, attempt, { reason: givenUp, origin });
  const code = { digests: [header.codeDigest, ...(own === null ? [] : [own])], commit: await codeCommit() };
  const { workflowId, step } = origin;
  await ports.ledger.append(runFact({ body, artifacts, plan, code }, { workflowId, step }));
  return resultOf(body, { ...result, seconds });
}

async function headerOf({ model, plan, trial }: TrialToRun, { matrixDigest }: MatrixMeta): Promise<RunHeader> {
  const { trainer, parameters, seed } = trial;
  const { metaDigest, preparation } = plan;
  return { model, trainer, parameters, seed, matrixDigest, metaDigest, codeDigest: await codeDigest(), preparation };
}

/** A team's own trainer is not in our code's digest, so its files count too. */
function keyOf(header: RunHeader, own: Digest | null): string {
  const { model: _, ...decisive } = header;
  return sha256(canonicalJson({ ...decisive, module: own })).slice(0, 12);
}

interface Attempt extends AttemptedRun {
  readonly module: string | null;
  readonly beat: Beat;
}

type Learnt = Omit<RunToRecord, 'plan' | 'code'> & { readonly seconds: number };

async function learn(ports: TrainPorts, attempt: Attempt): Promise<Learnt> {
  const inputs = await inputArtifacts(ports.blobs, attempt);
  return inJobDirectory(ports.workDirectory, async (directory) => {
    const outcome = await tryTrial(ports, attempt, directory);
    if (typeof outcome === 'string') return { body: failedRun(attempt, outcome), artifacts: inputs, seconds: 0 };
    const model = await ports.blobs.put({ file: outcome.modelFile });
    const stored = await ports.blobs.put({ file: join(directory, runFile) });
    return {
      body: finishedRun(attempt, { ...outcome, modelDigest: model.digest }, stored),
      artifacts: [...inputs, { ...model, kind: 'model' }, { ...stored, kind: 'run' }],
      seconds: outcome.seconds,
    };
  });
}

/**
 * What killed its process (memory, mostly) belongs to this machine at this time: the failed run is this search's own, so that
 * a later one tries it again.
 */
async function giveUp(
  ports: TrainPorts,
  attempt: Attempt,
  { reason, origin }: { reason: string; origin: TrialOrigin },
): Promise<Learnt> {
  const runId = `${attempt.runId}-${sha256(origin.executionId ?? origin.workflowId).slice(0, 8)}`;
  const body = failedRun({ ...attempt, runId }, reason.slice(0, reasonLength));
  return { body, artifacts: await inputArtifacts(ports.blobs, attempt), seconds: 0 };
}

const runFile = 'run.json';

/** Of many failed trials all reasons together must fit one message. */
const reasonLength = 300;

/** What a trainer or its model did wrong: another try would do the same. */
const itsFault: ReadonlySet<string> = new Set(['TRAINER_FAILED', 'MODEL_REFUSED', 'PARITY_FAILED']);

/** The outcome, or why the trainer gave none. */
async function tryTrial(ports: TrainPorts, attempt: Attempt, directory: string): Promise<TrialOutcome | string> {
  const { header, meta, module, beat } = attempt;
  const limits = { ...defaultLimits, ...ports.trialLimits };
  const job: TrialJob = {
    header,
    meta,
    module,
    matrixFile: join(directory, 'matrix.bin'),
    rowsFile: join(directory, 'rows.jsonl'),
    directory: join(directory, 'trainer'),
    runFile: join(directory, runFile),
  };
  await ports.blobs.download(meta.matrixDigest, job.matrixFile);
  await ports.blobs.download(meta.rowsDigest, job.rowsFile);
  try {
    const result = await runChild({
      entry: childEntry('activities/train/trial-child.js'),
      input: job,
      signal: beat.signal,
      deadlineMs: limits.deadlineSeconds * 1000,
      deadlineCode: 'TRAINER_FAILED',
      memoryMb: limits.memoryMb,
      residentMb: limits.memoryMb + matrixMb,
      onMessage: (progress) => beat.say({ runId: attempt.runId, ...Object(progress) }),
      cwd: directory,
    });
    return TrialOutcome.parse(result);
  } catch (error) {
    const code = errorCode(error);
    if (code !== null && itsFault.has(code))
      return (error instanceof Error ? error.message : code).slice(0, reasonLength);
    throw error;
  }
}

/** `seconds` is 0 for a run that was found, not run. */
function resultOf(
  run: RunFact,
  { trial, task, seconds }: { trial: TrialSpec; task: Task; seconds: number },
): TrialResult {
  const { runId, runDigest, modelDigest, validation, test } = run;
  if (runDigest === null || modelDigest === null || validation === null || test === null) {
    return { kind: 'failed', trial, reason: run.reason ?? 'The run failed.' };
  }
  return { kind: 'finished', runId, trial, runDigest, modelDigest, ...measured(task, { validation, test }), seconds };
}

/** A fact may hold any metrics; a result has those of its task. */
function measured(task: Task, { validation, test }: Record<'validation' | 'test', MetricValues>) {
  const { shape } = taskMetrics[task];
  const Own: z.ZodType<Metrics> = z.object(shape);
  return { validation: Own.parse(validation), test: Own.parse(test) };
}
