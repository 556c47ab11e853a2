import { describe, expect, it } from 'vitest';
import { drawTrials } from '../../../activities/train/draw-trials.js';
import { trainers } from '../../../activities/trainers/trainer-registry.js';
import { canonicalJson, Search } from '../../../schemas/index.js';

const draw = (search: Record<string, unknown>, seed = 1) => drawTrials(Search.parse(search), seed, 'binary', trainers);

describe('drawTrials', () => {
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
});
