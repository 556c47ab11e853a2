import { isCancellation } from '@temporalio/workflow';
import type {
  CollectResult,
  DeployResult,
  LabelResult,
  PackageResult,
  RetrainResult,
  TrainResult,
} from '../../../schemas/index.js';
import { workflowIds, workflowTypes } from '../../../schemas/names.js';
import { joinStage, runStage } from '../../temporal/child-stage.js';
import { rootMessage } from '../../temporal/root-message.js';
import type { Context } from '../context.js';
import { recordTrigger } from '../retrain-policy.js';
import { type LifecycleState, note, type PlanStage, type Running } from '../state.js';

/** Runs the next stage of the first model, or a retraining; joins the one that a run before this one began. */
export async function planStep(state: LifecycleState, clock: () => Context): Promise<void> {
  const stage = state.running ?? nextStage(state);
  if (stage === null) return;
  state.running = stage;
  try {
    const result = await runOrJoin(stage, state.spec.model);
    state.running = null;
    finishStage(state, stage, result, clock());
  } catch (error) {
    if (isCancellation(error)) throw error;
    state.running = null;
    stopPlan(state, stage, error, clock());
  }
}

/** A stage whose start was never confirmed, because the run before this one ended in that moment, is started again. */
function runOrJoin(stage: Running, model: string): Promise<unknown> {
  if (stage.runId !== null) return joinStage({ ...stage, runId: stage.runId });
  const onStarted = (runId: string) => {
    stage.runId = runId;
  };
  return runStage({ ...stage, summary: `${stage.stage} for ${model}`, onStarted });
}

function nextStage(state: LifecycleState): Running | null {
  if (state.plan) return planned(state, state.plan);
  if (state.retrain) return retraining(state);
  return null;
}

function planned(state: LifecycleState, stage: PlanStage): Running | null {
  const { model, environment, recipe, deploy } = state.spec;
  if (!recipe) return null;
  const made = state.made;
  switch (stage) {
    case 'collect':
      return {
        stage,
        runId: null,
        workflowType: workflowTypes.collect,
        workflowId: workflowIds.collect(recipe.collect.dataset),
        input: recipe.collect,
      };
    case 'label': {
      const input = { ...recipe.label, dataset: { name: recipe.collect.dataset, version: made.collected } };
      return {
        stage,
        runId: null,
        workflowType: workflowTypes.label,
        workflowId: workflowIds.label(recipe.collect.dataset),
        input,
      };
    }
    case 'train': {
      const input = { ...recipe.train, model, dataset: made.labelled };
      return { stage, runId: null, workflowType: workflowTypes.train, workflowId: workflowIds.train(model), input };
    }
    case 'package':
      return {
        stage,
        runId: null,
        workflowType: workflowTypes.package,
        workflowId: workflowIds.package(model),
        input: { model, runId: made.runId },
      };
    case 'deploy': {
      const input = { model, environment, version: made.version, ...deploy };
      return {
        stage,
        runId: null,
        workflowType: workflowTypes.deploy,
        workflowId: workflowIds.deploy(model, environment),
        input,
      };
    }
  }
}

function retraining(state: LifecycleState): Running | null {
  const { model, environment, recipe: first, retrain, deploy } = state.spec;
  const recipe = retrain.recipe ?? first;
  if (!recipe || !state.retrain) return null;
  const { trigger, by, reason } = state.retrain;
  const input = {
    model,
    environment,
    recipe,
    challenger: retrain.challenger,
    ...deploy,
    trigger: { kind: trigger, by, reason },
  };
  return {
    stage: 'retrain',
    runId: null,
    workflowType: workflowTypes.retrain,
    workflowId: workflowIds.retrain(model),
    input,
  };
}

/** What a stage made decides the next stage's input. */
function finishStage(state: LifecycleState, stage: Running, result: unknown, ctx: Context): void {
  switch (stage.stage) {
    case 'collect': {
      const { dataset, rows } = result as CollectResult;
      state.made.collected = dataset.version;
      return goOn(state, 'label', ctx, `collected ${dataset.name} version ${dataset.version}: ${rows} rows`);
    }
    case 'label': {
      const { dataset, rows } = result as LabelResult;
      state.made.labelled = { name: dataset.name, version: dataset.version };
      return goOn(state, 'train', ctx, `labelled ${rows} rows`);
    }
    case 'train': {
      const { runId, trainer, objective } = result as TrainResult;
      state.made.runId = runId;
      return goOn(state, 'package', ctx, `trained: best run ${runId} (${trainer}, by ${objective})`);
    }
    case 'package': {
      const { version } = result as PackageResult;
      state.made.version = version;
      return goOn(state, 'deploy', ctx, `packaged version ${version}`);
    }
    case 'deploy': {
      const { outcome, reasons } = result as DeployResult;
      return goOn(state, null, ctx, `deployment ${outcome}: ${reasons.join('; ')}`);
    }
    default:
      return finishRetraining(state, result as RetrainResult, ctx);
  }
}

function goOn(state: LifecycleState, next: PlanStage | null, ctx: Context, what: string): void {
  state.plan = next;
  note(state, ctx.now, what.slice(0, 300));
}

function finishRetraining(state: LifecycleState, result: RetrainResult, ctx: Context): void {
  const retrain = state.retrain;
  state.retrain = null;
  note(state, ctx.now, `retraining ${result.outcome}: ${result.reasons.join('; ')}`.slice(0, 300));
  if (retrain)
    recordTrigger(
      state,
      { kind: retrain.trigger, by: retrain.by },
      result.outcome,
      result.reasons.join('; ').slice(0, 500),
      `retrain-${retrain.number}`,
      ctx,
    );
}

/** A stage that failed stops the plan and says so; `resume` tries it again. A failed retraining keeps the champion. */
function stopPlan(state: LifecycleState, stage: Running, error: unknown, ctx: Context): void {
  const why = `${stage.stage} failed: ${rootMessage(error)}`.slice(0, 500);
  note(state, ctx.now, why);
  if (stage.stage !== 'retrain') {
    state.planProblem = why;
    return;
  }
  const retrain = state.retrain;
  state.retrain = null;
  if (retrain)
    recordTrigger(state, { kind: retrain.trigger, by: retrain.by }, 'kept', why, `retrain-${retrain.number}`, ctx);
}
