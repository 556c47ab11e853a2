import { describe, expect, it } from 'vitest';
import { trainers } from '../../../activities/adapters.js';
import { findTrainer } from '../../../activities/trainers/trainer-registry.js';
import { canonicalJson, Search, type TrialSpec } from '../../../schemas/index.js';
import { randomSearch } from '../../../statistics/search/random.js';

function start(search: Record<string, unknown>, seed = 1) {
  const { trials, parameters, trainers: names } = Search.parse(search);
  const spaces = names.map((name) => findTrainer(trainers, name)).map(({ kind, space }) => ({ trainer: kind, space }));
  return randomSearch.start({ seed, trials, parameters, spaces });
}
const draw = (search: Record<string, unknown>, seed = 1) => randomSearch.ask(start(search, seed), 1000).trials;

describe('randomSearch', () => {
  it('begins with the baseline and the defaults of each trainer', () => {
    const trials = draw({ trainers: ['gbt', 'linear', 'baseline'], trials: 5 });
    expect(trials.map(({ trainer }) => trainer).slice(0, 3)).toEqual(['baseline', 'gbt', 'linear']);
    expect(trials[1]?.parameters).toMatchObject({ trees: 100, learningRate: 0.1 });
    expect(trials.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  it('draws no trial twice, and the same trials for the same seed', () => {
    const trials = draw({ trials: 200 });
    expect(new Set(trials.map(({ trainer, parameters }) => canonicalJson({ trainer, parameters }))).size).toBe(200);
    expect(draw({ trials: 200 })).toEqual(trials);
    expect(draw({ trials: 200 }, 2)).not.toEqual(trials);
  });

  it('stops when the space is empty', () => {
    const parameters = { linear: { l2: [1, 2, 2], maxIterations: 50 } };
    const trials = draw({ trainers: ['linear', 'baseline'], trials: 50, parameters });
    expect(trials.map((trial) => trial.parameters)).toEqual([
      {},
      { l2: 1, maxIterations: 50 },
      { l2: 2, maxIterations: 50 },
    ]);
  });

  it('keeps to the number of trials', () => {
    expect(draw({ trials: 1 }).map(({ trainer }) => trainer)).toEqual(['baseline']);
  });

  it('refuses an unknown trainer and names the known ones', () => {
    expect(() => draw({ trainers: ['xgboost'] })).toThrow(/No trainer "xgboost".*baseline, linear, gbt/);
  });

  it('gives the same trials one by one, from a state that was JSON in between, as at once', () => {
    let state = start({ trials: 60 });
    const trials: TrialSpec[] = [];
    for (let asked = randomSearch.ask(state, 1); asked.trials.length > 0; asked = randomSearch.ask(state, 1)) {
      trials.push(...asked.trials);
      const failed = { kind: 'failed' as const, trial: asked.trials[0]!, reason: 'none' };
      state = randomSearch.tell(JSON.parse(JSON.stringify(asked.state)), failed);
    }
    expect(trials).toEqual(draw({ trials: 60 }));
    expect(randomSearch.most(state)).toBe(60);
  });
});
