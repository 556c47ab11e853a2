import { workflowInfo } from '@temporalio/workflow';
import { failure } from '../../../schemas/failure.js';
import { modelRetired } from '../../../schemas/model-retired.js';
import { run } from '../../temporal/activity-options.js';
import { keepApprovers } from '../approvers.js';
import type { Clock } from '../context.js';
import { configuredFact, planAfter, startedFact } from '../life.js';
import { type LifecycleState, note } from '../state.js';
import type { Progress } from './progress.js';

/**
 * Asks once in each run what is known of the model: whether it was retired, what became of its first versions under another
 * owner, and whether answers must be signed, and whose, which a worker can demand and none can lower.
 */
export async function findLife(state: LifecycleState, clock: Clock, progress: Progress): Promise<void> {
  const { model } = state.spec;
  const life = await run('findLife', { model }, `what is known of ${model}?`);
  progress.isLifeKnown = true;
  if (state.signaturesRequired !== null) return raise(state, clock, life.signaturesRequired);
  if (life.retired !== null && !progress.revives) {
    progress.refusal = modelRetired(model, life.retired);
    return;
  }
  state.signaturesRequired = life.signaturesRequired || state.spec.signaturesRequired === true;
  const tooLarge = keepApprovers(state, life.environments, clock().now);
  if (tooLarge !== null) {
    progress.refusal = failure('InvalidInput', `modelLifecycle got a wrong input: ${tooLarge}.`);
    return;
  }
  if (life.before !== null && !progress.revives) Object.assign(state, planAfter(state.spec, life.before));
  if (state.retired === null) state.factsToRecord.push(startedFact(state, clock()));
}

function raise(state: LifecycleState, clock: Clock, signaturesRequired: boolean): void {
  if (state.signaturesRequired || !signaturesRequired) return;
  state.signaturesRequired = true;
  const { runId } = workflowInfo();
  state.factsToRecord.push(configuredFact(state, { by: null, fields: ['signaturesRequired'], id: runId }, clock()));
  note(state, clock().now, 'answers must be signed from now on: a worker runs in the production profile');
}
