import { workflowInfo } from '@temporalio/workflow';
import type { CollectResult } from '../schemas/collect.js';
import type { DeployResult } from '../schemas/deploy.js';
import type { LabelResult } from '../schemas/label.js';
import { workflowIds, workflowTypes } from '../schemas/names.js';
import type { PackageResult } from '../schemas/package.js';
import type { Comparison, RetrainInput, RetrainResult } from '../schemas/retrain.js';
import type { TrainResult } from '../schemas/train.js';
import { computations, effects, withSummary } from './temporal/activity-options.js';
import { runStage } from './temporal/child-stage.js';
import { inputOf, show, showStage } from './temporal/stage.js';
import { pinned } from './temporal/versioning.js';

/** New data → challenger → compared with the champion on the same held-out rows → approval → deployment. */
export async function retrainModel(raw: unknown): Promise<RetrainResult> {
  const input = inputOf('retrainModel', raw);
  const { model, environment } = input;
  showStage('retrain', { model, environment });
  if (input.trigger.kind === 'schedule' && workflowInfo().parent === undefined) return askOwner(input);
  show(`Retraining **${model}**: ${input.trigger.reason}`);
  const labelled = await makeDataset(input);
  const challenger = await makeChallenger(input, labelled);
  const comparison = await compare(input, labelled, challenger);
  if (!comparison.challengerWins)
    return ended(input, 'kept', challenger, comparison, [`the champion is kept: ${comparisonInWords(comparison)}`]);
  show(`Challenger version ${challenger.version} wins: ${comparisonInWords(comparison)}`, 'It waits for approval.');
  const deployed = await runStage<DeployResult>({
    workflowType: workflowTypes.deploy,
    workflowId: workflowIds.deploy(model, environment),
    input: {
      model,
      environment,
      version: challenger.version,
      canary: input.canary,
      strategy: input.strategy,
      approvalTimeout: input.approvalTimeout,
      evidence: comparison.championVersion === null ? [] : [comparisonInWords(comparison)],
    },
    summary: `deploy ${model} version ${challenger.version} to ${environment}`,
  });
  const outcome = deployed.outcome === 'promoted' ? 'promoted' : deployed.outcome === 'rejected' ? 'rejected' : 'kept';
  return ended(input, outcome, challenger, comparison, [comparisonInWords(comparison), ...deployed.reasons]);
}

/** The clock only asks: the owner knows whether this is the moment, and begins it, or records why not. */
async function askOwner({ model, environment, trigger }: RetrainInput): Promise<RetrainResult> {
  const body = { ...trigger, environment, requestId: workflowInfo().runId };
  await effects.askOwner({ model, environment, signal: 'retrain', body });
  show(`Asked **lifecycle/${model}** for a retraining: ${trigger.reason}`);
  return {
    model,
    outcome: 'kept',
    reasons: [`asked lifecycle/${model}`],
    challenger: null,
    champion: null,
    comparison: null,
  };
}

async function makeDataset(input: RetrainInput): Promise<LabelResult> {
  const { collect, label } = input.recipe;
  const collected = await runStage<CollectResult>({
    workflowType: workflowTypes.collect,
    workflowId: workflowIds.collect(collect.dataset),
    input: collect,
    summary: `collect ${collect.dataset}`,
  });
  return runStage<LabelResult>({
    workflowType: workflowTypes.label,
    workflowId: workflowIds.label(collect.dataset),
    input: { ...label, dataset: { name: collect.dataset, version: collected.dataset.version } },
    summary: `label ${collect.dataset} version ${collected.dataset.version}`,
  });
}

async function makeChallenger(input: RetrainInput, labelled: LabelResult): Promise<PackageResult> {
  const { model, recipe } = input;
  const dataset = { name: labelled.dataset.name, version: labelled.dataset.version };
  const trained = await runStage<TrainResult>({
    workflowType: workflowTypes.train,
    workflowId: workflowIds.train(model),
    input: { ...recipe.train, model, dataset },
    summary: `train ${model} on ${dataset.name} version ${dataset.version}`,
  });
  return runStage<PackageResult>({
    workflowType: workflowTypes.package,
    workflowId: workflowIds.package(model),
    input: { model, runId: trained.runId },
    summary: `package run ${trained.runId}`,
  });
}

async function compare(input: RetrainInput, labelled: LabelResult, challenger: PackageResult): Promise<Comparison> {
  const { model, environment } = input;
  const champion = await effects.championOf({ model, environment });
  const summary = `compare version ${challenger.version} with ${champion === null ? 'nothing' : `version ${champion}`}`;
  return computations.compareChallenger.executeWithOptions({ ...withSummary.compute, summary }, [
    {
      model,
      champion,
      challenger: challenger.version,
      dataset: labelled.dataset,
      compareFrom: input.challenger.compareFrom ?? null,
      minImprovement: input.challenger.minImprovement,
      ...(input.recipe.train.search.objective ? { objective: input.recipe.train.search.objective } : {}),
    },
  ]);
}

const comparisonInWords = (c: Comparison) =>
  `${c.metric} of the challenger ${c.challenger.toFixed(4)}, of the champion ${c.champion.toFixed(4)} on ${c.rows} rows: better by ${c.difference.toFixed(4)} (95 % ${c.low.toFixed(4)} to ${c.high.toFixed(4)})`;

function ended(
  input: RetrainInput,
  outcome: RetrainResult['outcome'],
  challenger: PackageResult,
  comparison: Comparison,
  reasons: string[],
): RetrainResult {
  show(`Retraining **${input.model}**: **${outcome}**`, ...reasons);
  return {
    model: input.model,
    outcome,
    reasons,
    challenger: challenger.version,
    champion: comparison.championVersion,
    comparison,
  };
}

pinned(retrainModel);
