import { isCancellation } from '@temporalio/workflow';
import { laterRecipe, type RetrainResult } from '../../../schemas/index.js';
import { workflowIds } from '../../../schemas/names.js';
import { type PipelineInput, type PipelineStage, pipeline, type StageStart } from '../../pipeline.js';
import { type ChildName, type ChildResults, runStage } from '../../temporal/child-stage.js';
import { rootMessage } from '../../temporal/root-message.js';
import type { Clock } from '../context.js';
import { finishTrigger } from '../retrain-policy.js';
import { type LifecycleState, note, type RetrainUnderWay, shorten } from '../state.js';

interface FailedStage {
  readonly stage: ChildName;
  readonly error: unknown;
}

/** Runs the next stage of the first model, or a retraining; joins the one that a run before this one began. */
export async function runNextStage(state: LifecycleState, clock: Clock): Promise<void> {
  const stage = state.running?.stage ?? state.pipeline ?? (state.retrain === null ? null : 'retrain');
  if (stage === null) return;
  try {
    if (stage === 'retrain') await retrain(state, clock);
    else await walkOn(state, stage, clock);
  } catch (error) {
    if (isCancellation(error)) throw error;
    stageFailed(state, { stage, error }, clock);
  }
}

/** One row of the pipeline: what it gives decides the next stage's input. */
async function walkOn<S extends PipelineStage>(state: LifecycleState, stage: S, clock: Clock): Promise<void> {
  const input = pipelineInputOf(state);
  if (input === null) return;
  const row = pipeline[stage];
  const result = await runChild(state, stage, () => row.start({ input, outputs: state.outputs }));
  state.outputs = row.take(result, state.outputs);
  state.pipeline = row.next(result, { input, outputs: state.outputs });
  note(state, clock().now, row.say(result));
}

function pipelineInputOf({ spec }: LifecycleState): PipelineInput | null {
  const { model, environments, recipe } = spec;
  return recipe ? { model, recipe, environments } : null;
}

/** A stage whose start was never confirmed, because the run before this one ended in that moment, is started again. */
async function runChild<S extends ChildName>(
  state: LifecycleState,
  stage: S,
  start: () => StageStart,
): Promise<ChildResults[S]> {
  const running = state.running ?? { stage, runId: null, ...start() };
  state.running = running;
  const result = await runStage({
    ...running,
    stage,
    model: state.spec.model,
    summary: `${stage} for ${state.spec.model}`,
    onStarted: (runId) => {
      running.runId = runId;
    },
    onBusy: (busy) => {
      running.busy = busy;
    },
  });
  state.running = null;
  return result;
}

async function retrain(state: LifecycleState, clock: Clock): Promise<void> {
  const under = state.retrain;
  if (under === null) return;
  const result = await runChild(state, 'retrain', () => retraining(state, under));
  retrainEnded(state, result, clock);
}

function retraining({ spec }: LifecycleState, { trigger, by, reason }: RetrainUnderWay): StageStart {
  const { model, environments, retrain: policy } = spec;
  const recipe = laterRecipe(spec);
  const { challenger } = policy;
  const input = { model, environments, recipe, challenger, trigger: { kind: trigger, by, reason } };
  return { workflowId: workflowIds.retrain(model), input };
}

function retrainEnded(state: LifecycleState, { outcome, reasons }: RetrainResult, clock: Clock): void {
  const reason = reasons.join('; ');
  note(state, clock().now, shorten(`retraining ${outcome}: ${reason}`));
  finishTrigger(state, { outcome, reason }, clock());
}

/** A stage that failed stops the pipeline and says so; `resume` tries it again. A failed retraining keeps the champion. */
function stageFailed(state: LifecycleState, { stage, error }: FailedStage, clock: Clock): void {
  const reason = shorten(`${stage} failed: ${rootMessage(error)}`, 500);
  state.running = null;
  note(state, clock().now, reason);
  if (stage === 'retrain') finishTrigger(state, { outcome: 'kept', reason }, clock());
  else state.pipelineProblem = reason;
}
