import {
  type CheckedTrainInput,
  type FactInput,
  type FactOrigin,
  failure,
  MatrixMeta,
  type Objective,
  type Task,
  type TrainResult,
  type TrialResult,
} from '../schemas/index.js';
import { bestTrial, isBetter, metric } from '../statistics/search/choose-run.js';
import type { TrainerSpace } from '../statistics/search/search.js';
import { objectiveOf } from '../statistics/tasks/tasks.js';
import { findDataset } from './datasets/version.js';

import type { ExecutedOrigin } from './facts.js';
import { readJsonBlob } from './files/json-blob.js';
import { fitting } from './fitting.js';
import { currentBeat } from './processes/heartbeat.js';

import type { PreparedPlan, TrainPorts } from './train/plan.js';
import { prepareMatrix } from './train/prepare-matrix.js';
import { runTrial, type TrialOrigin, type TrialToRun } from './train/trial.js';
import { findTrainer, type RegisteredTrainer } from './trainers/trainer-registry.js';

export interface TrainActivities {
  /** DATASET_NOT_FOUND · TRAINER_UNKNOWN · InvalidInput for an objective that the label has not · see `prepareMatrix` */
  planTraining(input: CheckedTrainInput, origin: FactOrigin): Promise<PreparedPlan & { spaces: TrainerSpace[] }>;
  /** One run; where the ledger already knows it, its result at once. What a trainer refuses is a failed run, not an error. */
  runTrial(input: TrialToRun, origin: TrialOrigin): Promise<TrialResult>;
  /** ALL_TRIALS_FAILED when there is none to choose from. */
  chooseBestRun(
    input: { train: CheckedTrainInput; plan: PreparedPlan; results: TrialResult[] },
    origin: ExecutedOrigin,
  ): Promise<TrainResult>;
}

/** `train`: labelled dataset version → matrix → trials → best run. */
export function createTrainActivities(ports: TrainPorts): TrainActivities {
  return {
    planTraining: (input) => planTraining(ports, input, currentBeat().signal),
    runTrial: (input, origin) => runTrial(ports, input, { origin, beat: currentBeat() }),
    chooseBestRun: (input, origin) => chooseBestRun(ports, input, origin),
  };
}

async function planTraining(ports: TrainPorts, input: CheckedTrainInput, signal: AbortSignal) {
  const named = input.search.trainers.map((name) => findTrainer(ports.trainers, name));
  const dataset = await findDataset(ports.registry, input.dataset);
  const { meta, metaDigest } = await prepareMatrix(ports, input, { dataset, signal });
  const { features, split, task, seed, maxRows } = input;
  const spaces = spacesFor(named, meta.task);
  return {
    dataset: { name: dataset.name, version: dataset.version, digest: dataset.digest },
    metaDigest,
    objective: objectiveOf(meta.task, input.search.objective, 'search.objective').name,
    preparation: { split, seed, maxRows, ...(features && { features }), ...(task && { task }) },
    spaces,
  };
}

/** TRAINER_UNKNOWN when none of the trainers learns the task. */
function spacesFor(trainers: readonly RegisteredTrainer[], task: Task): TrainerSpace[] {
  const learning = trainers.filter(({ tasks }) => tasks.includes(task));
  if (learning.length > 0) return learning.map(({ kind, space }) => ({ trainer: kind, space }));
  const names = trainers.map(({ kind }) => kind).join(', ');
  throw failure('TRAINER_UNKNOWN', `None of ${names} learns a ${task} label.`, { task });
}

/** Of each of two lists; with 200 trials and their reasons it stays within a message. */
const bytesOfColumns = 32_768;

async function chooseBestRun(
  { blobs, ledger }: TrainPorts,
  { train, plan, results }: { train: CheckedTrainInput; plan: PreparedPlan; results: TrialResult[] },
  origin: ExecutedOrigin,
): Promise<TrainResult> {
  const best = bestTrial(results, plan.objective);
  const meta = await readJsonBlob(blobs, plan.metaDigest, MatrixMeta);
  await ledger.append(
    bestRunFact({ train, plan, trials: results.length, runId: best.runId, runDigest: best.runDigest }, origin),
  );
  const baseline = results.find((result) => result.kind === 'finished' && result.trial.trainer === 'baseline');
  const baselineTest = baseline?.kind === 'finished' ? baseline.test : null;
  return {
    model: train.model,
    dataset: plan.dataset,
    runId: best.runId,
    runDigest: best.runDigest,
    modelDigest: best.modelDigest,
    metaDigest: plan.metaDigest,
    task: meta.task,
    taskReason: meta.taskReason,
    rows: meta.rows,
    split: meta.split,
    trainer: best.trial.trainer,
    parameters: best.trial.parameters,
    objective: plan.objective,
    validation: best.validation,
    test: best.test,
    baselineTest,
    beatsBaseline: baselineTest === null ? null : isBetter(best.test, baselineTest, plan.objective),
    features: fitting(
      meta.features.map(({ name, kind, column }) => ({ name, kind, column })),
      bytesOfColumns,
    ),
    featureCount: meta.features.length,
    refused: fitting(meta.refused, bytesOfColumns),
    refusedCount: meta.refused.length,
    trials: results.map((result) => trialLine(result, plan.objective)),
  };
}

interface BestRun {
  readonly train: CheckedTrainInput;
  readonly plan: PreparedPlan;
  readonly trials: number;
  readonly runId: string;
  readonly runDigest: string;
}

/** The execution is part of the key: a model that returns to an earlier run has a newer best run. */
function bestRunFact({ train, plan, trials, runId, runDigest }: BestRun, origin: ExecutedOrigin): FactInput {
  return {
    kind: 'bestRun',
    key: `bestRun/${train.model}/${origin.executionId ?? origin.workflowId}/${plan.metaDigest.slice(0, 12)}/${runId}`,
    origin: { workflowId: origin.workflowId, step: 'train' },
    digest: runDigest,
    body: { model: train.model, runId, objective: plan.objective, trials },
  };
}

function trialLine(result: TrialResult, objective: Objective): TrainResult['trials'][number] {
  const { index, trainer } = result.trial;
  if (result.kind === 'failed') return { index, trainer, runId: null, objective: null, reason: result.reason };
  return { index, trainer, runId: result.runId, objective: metric(result.validation, objective), reason: null };
}
