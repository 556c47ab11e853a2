import type { TrainResult, TrialResult, TrialSpec } from '../schemas/train.js';
import { run } from './temporal/activity-options.js';
import { inputOf, show, showStage } from './temporal/stage.js';
import { pinned } from './temporal/versioning.js';

/** Labelled version → search over trainers and parameters → best run. */
export async function trainModel(raw: unknown): Promise<TrainResult> {
  const input = inputOf('trainModel', raw);
  showStage('train', { model: input.model });
  show(`Preparing ${input.dataset.name} for **${input.model}**`);
  const { trials, ...plan } = await run('planTraining', input, 'prepare the matrix, draw the trials');
  const done: TrialResult[] = [];
  const runOne = async (trial: TrialSpec) => {
    const summary = `trial ${trial.index + 1} of ${trials.length}: ${trial.trainer}`;
    const result = await run('runTrial', { model: input.model, plan, trial }, summary);
    done.push(result);
    show(`**${input.model}**: ${done.length} of ${trials.length} trials finished`);
    return result;
  };
  const results = await inParallel(trials, input.search.parallel, runOne);
  const best = await run('chooseBestRun', { train: input, plan, results }, 'choose the best run');
  show(
    `**${input.model}**: best of ${trials.length} trials is run \`${best.runId}\` (${best.trainer}), by ${best.objective}`,
  );
  return best;
}

/** Runs all, at most `limit` at a time; results in the order of the items. */
async function inParallel<T, R>(items: readonly T[], limit: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await run(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}

pinned(trainModel);
