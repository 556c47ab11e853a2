import { workflowInfo } from '@temporalio/workflow';
import { failure } from '../schemas/failure.js';
import type {
  CheckedRetrainInput,
  Comparison,
  DatasetReference,
  DeployResult,
  RetrainInput,
  RetrainResult,
} from '../schemas/index.js';
import { escapeMarkdown } from '../schemas/markdown.js';
import { differenceInWords } from '../statistics/verdicts/difference-in-words.js';
import {
  type PipelineInput,
  type PipelineOutputs,
  type PipelineStage,
  type PipelineWalk,
  pipeline,
} from './pipeline.js';
import { run } from './temporal/activity-options.js';
import { type Busy, runStage } from './temporal/child-stage.js';
import { inputOf, show, showProgress, showStage } from './temporal/stage.js';
import { tellingOwner } from './temporal/stage-ended.js';
import { autoUpgrading } from './temporal/versioning.js';

/** A packaged version that wants to serve, and the data that it is judged by. */
interface Challenger {
  readonly version: number;
  readonly labelled: DatasetReference;
  readonly outputs: PipelineOutputs;
}

/** New data → challenger → compared with the champion on the same held-out rows → approval → deployment. */
export function retrainModel(raw: RetrainInput): Promise<RetrainResult> {
  return tellingOwner(() => retrain(raw));
}

async function retrain(raw: unknown): Promise<RetrainResult> {
  const input = inputOf('retrainModel', raw);
  const { model, environment } = input;
  showStage('retrain', { model, environment });
  if (input.trigger.kind === 'schedule' && workflowInfo().parent === undefined) return askOwner(input);
  showProgress(`Retraining **${model}**: ${escapeMarkdown(input.trigger.reason)}`);
  const challenger = await makeChallenger(input);
  const comparison = await compare(input, challenger);
  const compared = { challenger, comparison };
  if (!comparison.challengerWins) return ended(input, { outcome: 'kept', reasons: [whyKept(comparison)] }, compared);
  show(`Challenger version ${challenger.version} wins: ${comparisonInWords(comparison)}`, 'It waits for approval.');
  const evidence = comparison.championVersion === null ? [] : [comparisonInWords(comparison)];
  const deployed = await deployInOrder({ input: { ...input, evidence }, outputs: challenger.outputs });
  const outcome = deployed.outcome === 'promoted' ? 'promoted' : deployed.outcome === 'rejected' ? 'rejected' : 'kept';
  return ended(input, { outcome, reasons: [comparisonInWords(comparison), ...deployed.reasons] }, compared);
}

/** The clock only asks: the owner knows whether this is the moment, and begins it, or records why not. */
async function askOwner({ model, environment, trigger }: CheckedRetrainInput): Promise<RetrainResult> {
  const body = { ...trigger, environment, requestId: workflowInfo().runId };
  await run('askOwner', { model, environment, signal: 'retrain', body }, `retrain → lifecycle/${model}`);
  show(`Asked **lifecycle/${model}** for a retraining: ${escapeMarkdown(trigger.reason)}`);
  return {
    model,
    outcome: 'kept',
    reasons: [`asked lifecycle/${model}`],
    challenger: null,
    champion: null,
    comparison: null,
  };
}

/** Walks the pipeline up to a packaged challenger. */
async function makeChallenger(input: PipelineInput): Promise<Challenger> {
  let outputs: PipelineOutputs = {};
  for (const stage of ['collect', 'label', 'train', 'package'] as const)
    outputs = await walkOn(stage, { input, outputs });
  const { labelled, version } = outputs;
  if (labelled === undefined || version === undefined) throw failure('NOT_FOUND', 'The pipeline gave no challenger.');
  return { labelled, version, outputs };
}

async function walkOn<S extends PipelineStage>(stage: S, walk: PipelineWalk): Promise<PipelineOutputs> {
  const row = pipeline[stage];
  const { model } = walk.input;
  const { workflowId, input } = row.start(walk);
  const onBusy = (busy: Busy | null) =>
    showProgress(`Retraining **${model}**: ${busy ? `waits, because ${workflowId} does something else first` : stage}`);
  const endsWithParent = stage === 'train' || stage === 'package';
  const summary = `${stage} for ${model}`;
  const result = await runStage({ stage, model, workflowId, input, summary, endsWithParent, onBusy });
  return row.take(result, walk.outputs);
}

/** Through the environments in order, for as long as it is promoted; the result of the last one that it came to. */
async function deployInOrder({ input, outputs }: PipelineWalk): Promise<DeployResult> {
  const { start, take, next } = pipeline.deploy;
  const { model } = input;
  const summary = `deploy ${model} version ${outputs.version ?? ''}`;
  const result = await runStage({
    stage: 'deploy',
    model,
    ...start({ input, outputs }),
    summary,
    endsWithParent: true,
  });
  const walk = { input, outputs: take(result, outputs) };
  return next(result, walk) === 'deploy' ? deployInOrder(walk) : result;
}

async function compare(input: CheckedRetrainInput, challenger: Challenger): Promise<Comparison> {
  const { model, environment } = input;
  const champion = await run('championOf', { model, environment }, `what serves ${environment}?`);
  const summary = `compare version ${challenger.version} with ${champion === null ? 'nothing' : `version ${champion}`}`;
  const { compareFrom = null, minImprovement } = input.challenger;
  const { objective } = input.recipe.train.search;
  const pair = { model, champion, challenger: challenger.version, dataset: challenger.labelled };
  return run(
    'compareChallenger',
    { ...pair, compareFrom, minImprovement, ...(objective ? { objective } : {}) },
    summary,
  );
}

const whyKept = (c: Comparison) =>
  c.sameModel
    ? `kept: version ${c.challengerVersion} is the champion's own model`
    : `the champion is kept: ${comparisonInWords(c)}`;

function comparisonInWords(c: Comparison): string {
  const metric = c.objective === c.metric ? c.metric : `${c.metric} (in place of ${c.objective})`;
  const missed = c.championMissed.length === 0 ? '' : `, the champion without ${c.championMissed.join(', ')}`;
  return `${metric} of the challenger ${c.challenger.toFixed(4)}, of the champion ${c.champion.toFixed(4)} on ${c.rows} rows: ${differenceInWords(c)}${missed}`;
}

function ended(
  input: CheckedRetrainInput,
  { outcome, reasons }: Pick<RetrainResult, 'outcome' | 'reasons'>,
  { challenger, comparison }: { challenger: Challenger; comparison: Comparison },
): RetrainResult {
  show(`Retraining **${input.model}**: **${outcome}**`, ...reasons.map(escapeMarkdown));
  return {
    model: input.model,
    outcome,
    reasons,
    challenger: challenger.version,
    champion: comparison.championVersion,
    comparison,
  };
}

autoUpgrading(retrainModel);
