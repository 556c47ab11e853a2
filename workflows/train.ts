import type { RunTrial } from '../activities/activities.js';
import { errorCode } from '../schemas/failure.js';
import type { TrainInput, TrainResult, TrialResult, TrialSpec } from '../schemas/train.js';
import { randomSearch } from '../statistics/search/random.js';
import type { Search, SearchProblem } from '../statistics/search/search.js';
import { run } from './temporal/activity-options.js';
import { timeoutOf } from './temporal/bounded-tries.js';
import { rootMessage } from './temporal/root-message.js';
import { inputOf, show, showProgress, showStage } from './temporal/stage.js';
import { tellingOwner } from './temporal/stage-ended.js';
import { pinned } from './temporal/versioning.js';

/** Labelled version → search over trainers and parameters → best run. */
export function trainModel(raw: TrainInput): Promise<TrainResult> {
  return tellingOwner(() => train(raw));
}

async function train(raw: unknown): Promise<TrainResult> {
  const input = inputOf('trainModel', raw);
  showStage('train', { model: input.model });
  showProgress(`Preparing ${input.dataset.name} for **${input.model}**`);
  const { spaces, ...plan } = await run('planTraining', input, 'prepare the matrix');
  const { trials, parallel, parameters } = input.search;
  const problem = { seed: input.seed, trials, parameters, spaces };
  let finished = 0;
  const runOne = async (trial: TrialSpec, most: number) => {
    const summary = `trial ${trial.index + 1} of ${most}: ${trial.trainer}`;
    const result = await runTrial({ model: input.model, plan, trial }, summary);
    showProgress(`**${input.model}**: ${++finished} of ${most} trials finished`);
    return result;
  };
  const results = await searchThrough(randomSearch, problem, { parallel, runOne });
  const best = await run('chooseBestRun', { train: input, plan, results }, 'choose the best run');
  show(
    `**${input.model}**: best of ${results.length} trials is run \`${best.runId}\` (${best.trainer}), by ${best.objective}`,
  );
  return best;
}

/** What ends one trial, and not the search, as a worker does that died with it each time: it is a failed run with its reason. */
const endsTrial: ReadonlySet<string | null> = new Set(['CHILD_KILLED', 'STALLED', 'UNEXPECTED']);

/** A trial that comes to no end in the tries that it has is given up; the search goes on without it. */
async function runTrial(input: RunTrial, summary: string): Promise<TrialResult> {
  try {
    return await run('runTrial', input, summary);
  } catch (error) {
    if (timeoutOf(error) === null && !endsTrial.has(errorCode(error))) throw error;
    return run('runTrial', { ...input, givenUp: rootMessage(error) }, `${summary} is given up`);
  }
}

interface Trying {
  readonly parallel: number;
  runOne(trial: TrialSpec, most: number): Promise<TrialResult>;
}

/** Asks for a trial whenever one of the `parallel` slots is free and tells its result; results in order of the trials. */
async function searchThrough<S>(search: Search<S>, problem: SearchProblem, { parallel, runOne }: Trying) {
  let state = search.start(problem);
  const results: TrialResult[] = [];
  const slot = async () => {
    for (;;) {
      const asked = search.ask(state, 1);
      state = asked.state;
      const [trial] = asked.trials;
      if (trial === undefined) return;
      const result = await runOne(trial, search.most(state));
      results[trial.index] = result;
      state = search.tell(state, result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, search.most(state)) }, slot));
  return results;
}

pinned(trainModel);
