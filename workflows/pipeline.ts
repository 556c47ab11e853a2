import type {
  CollectResult,
  DatasetReference,
  DeployResult,
  Environment,
  Environments,
  LabelResult,
  PackageResult,
  Recipe,
  TrainResult,
} from '../schemas/index.js';
import { workflowIds } from '../schemas/names.js';

/** What each stage of the pipeline ends with. */
export interface StageResults {
  collect: CollectResult;
  label: LabelResult;
  train: TrainResult;
  package: PackageResult;
  deploy: DeployResult;
}
export type PipelineStage = keyof StageResults;

/** What a walk through the stages is made from. */
export interface PipelineInput {
  readonly model: string;
  readonly recipe: Recipe;
  /** where a version goes, in order */
  readonly environments: Environments;
  /** what else speaks for the version at its gates */
  readonly evidence?: readonly string[];
}

/** What the stages gave so far. */
export interface PipelineOutputs {
  readonly collected?: DatasetReference;
  readonly labelled?: DatasetReference;
  readonly runId?: string;
  readonly version?: number;
  /** the environments that the version reached */
  readonly promotedTo?: readonly string[];
}

export interface PipelineWalk {
  readonly input: PipelineInput;
  readonly outputs: PipelineOutputs;
}

export interface StageStart {
  readonly workflowId: string;
  readonly input: object;
}

/** One row of the table: what a stage is started with, what it gives, in which words. */
interface Row<Result> {
  start(walk: PipelineWalk): StageStart;
  take(result: Result, outputs: PipelineOutputs): PipelineOutputs;
  say(result: Result): string;
  /** asked with the outputs that `take` gave */
  next(result: Result, walk: PipelineWalk): PipelineStage | null;
}

/** The stages in order, with what goes in and what comes out: the lifecycle and `retrainModel` walk the same rows. */
export const pipeline: { readonly [S in PipelineStage]: Row<StageResults[S]> } = {
  collect: {
    start: ({ input: { recipe } }) => ({
      workflowId: workflowIds.collect(recipe.collect.dataset),
      input: recipe.collect,
    }),
    take: ({ dataset }, outputs) => ({ ...outputs, collected: dataset }),
    say: ({ dataset, rows }) => `collected ${dataset.name} version ${dataset.version}: ${rows} rows`,
    next: () => 'label',
  },
  label: {
    start: ({ input: { recipe }, outputs: { collected } }) => ({
      workflowId: workflowIds.label(recipe.collect.dataset),
      input: { ...recipe.label, dataset: { name: recipe.collect.dataset, version: collected?.version } },
    }),
    take: ({ dataset }, outputs) => ({ ...outputs, labelled: dataset }),
    say: ({ rows }) => `labelled ${rows} rows`,
    next: () => 'train',
  },
  train: {
    start: ({ input: { model, recipe }, outputs: { labelled } }) => ({
      workflowId: workflowIds.train(model),
      input: { ...recipe.train, model, dataset: { name: labelled?.name, version: labelled?.version } },
    }),
    take: ({ runId }, outputs) => ({ ...outputs, runId }),
    say: ({ runId, trainer, objective }) => `trained: best run ${runId} (${trainer}, by ${objective})`,
    next: () => 'package',
  },
  package: {
    start: ({ input: { model }, outputs: { runId } }) => ({
      workflowId: workflowIds.package(model),
      input: { model, runId },
    }),
    take: ({ version }, outputs) => ({ ...outputs, version, promotedTo: [] }),
    say: ({ version }) => `packaged version ${version}`,
    next: () => 'deploy',
  },
  deploy: {
    start: deployment,
    take: ({ environment, outcome }, outputs) =>
      outcome === 'promoted' ? { ...outputs, promotedTo: [...(outputs.promotedTo ?? []), environment] } : outputs,
    say: ({ outcome, reasons }) => `deployment ${outcome}: ${reasons.join('; ')}`,
    next: ({ outcome }, walk) => (outcome === 'promoted' && nextEnvironment(walk) !== null ? 'deploy' : null),
  },
};

function deployment(walk: PipelineWalk): StageStart {
  const { model, environments, evidence = [] } = walk.input;
  const { name, ...deploy } = nextEnvironment(walk) ?? environments[0];
  return {
    workflowId: workflowIds.deploy(model, name),
    input: { model, environment: name, version: walk.outputs.version, ...deploy, evidence },
  };
}

/** A version goes through its environments in order. */
function nextEnvironment({ input, outputs }: PipelineWalk): Environment | null {
  const { promotedTo = [] } = outputs;
  return input.environments.find(({ name }) => !promotedTo.includes(name)) ?? null;
}
