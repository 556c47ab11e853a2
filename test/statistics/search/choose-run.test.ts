import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { BinaryMetrics, TrialResult } from '../../../schemas/index.js';
import { bestTrial, isBetter } from '../../../statistics/search/choose-run.js';

const measured = (rocAuc: number | null, logLoss: number): z.infer<typeof BinaryMetrics> => ({
  rocAuc,
  prAuc: null,
  logLoss,
  brier: 0.25,
  calibrationError: 0,
  meanPredicted: 0.5,
  meanObserved: 0.5,
  rows: 10,
});
const finished = (index: number, validation: TrialMetrics): TrialResult => ({
  kind: 'finished',
  trial: { index, trainer: 'gbt', parameters: {}, seed: 1 },
  runId: `run-${index}`,
  runDigest: '0'.repeat(64),
  modelDigest: '0'.repeat(64),
  validation,
  test: validation,
  seconds: 1,
});
type TrialMetrics = ReturnType<typeof measured>;

describe('bestTrial', () => {
  it('takes the best of those that could be judged', () => {
    const results = [
      finished(0, measured(null, 0.1)),
      finished(1, measured(0.6, 0.7)),
      finished(2, measured(0.8, 0.9)),
    ];
    expect(bestTrial(results, 'rocAuc').runId).toBe('run-2');
    expect(bestTrial(results, 'logLoss').runId).toBe('run-0');
  });

  it('refuses to choose where the objective could be computed for none', () => {
    const failed: TrialResult = {
      kind: 'failed',
      trial: { index: 1, trainer: 'linear', parameters: {}, seed: 1 },
      reason: 'it is too hot',
    };
    expect(() => bestTrial([finished(0, measured(null, 1.6)), failed], 'rocAuc')).toThrow(
      /trial 1 \(gbt\): its rocAuc on the validation rows could not be computed trial 2 \(linear\): it is too hot/,
    );
  });
});

describe('isBetter', () => {
  it.each([
    [0.8, 0.7, true],
    [0.7, 0.7, false],
    [0.8, null, null],
    [null, 0.7, null],
    [null, null, null],
  ])('says of a ROC AUC of %s against %s: %s', (own, other, better) => {
    expect(isBetter(measured(own, 1), measured(other, 1), 'rocAuc')).toBe(better);
  });
});
