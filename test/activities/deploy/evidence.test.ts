import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../../activities/deploy/evidence.js';
import { Fact } from '../../../schemas/index.js';
import { measuredRunFact } from '../../integration/ledger-facts.js';

function evidence(test: NonNullable<Parameters<typeof measuredRunFact>[1]['test']>): string | undefined {
  const fact = Fact.parse(measuredRunFact('r1', { test }));
  return fact.kind === 'run' ? evidenceOf(fact.body)[0] : undefined;
}

describe('what speaks for a version', () => {
  it('is said in the words of its task', () => {
    const binary = { rocAuc: 0.71, prAuc: 0.4, logLoss: 0.5, brier: 0.16, calibrationError: 0.02, rows: 900 };
    expect(evidence({ ...binary, meanPredicted: 0.2, meanObserved: 0.2 })).toBe(
      'test split: ROC AUC 0.7100, log loss 0.5000, Brier 0.1600, calibration error 0.0200 on 900 rows',
    );
    expect(evidence({ rmse: 1.5, mae: 0.25, r2: null, rows: 10 })).toBe(
      'test split: RMSE 1.5000, MAE 0.2500, R² – on 10 rows',
    );
  });

  it("names a trainer's own metrics as they are", () => {
    expect(evidence({ 'f1.macro': 0.75, rmse: 2 })).toBe('test split: RMSE 2.0000, f1.macro 0.7500');
  });
});
