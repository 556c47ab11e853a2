import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnDrift, MonitorPolicy } from '../../../schemas/index.js';
import { monitorVerdict, type WindowEvidence } from '../../../statistics/verdicts/monitor.js';

const policy = MonitorPolicy.parse({});

function column(name: string, psi: number): ColumnDrift {
  return {
    column: name,
    kind: 'numeric',
    psi,
    jensenShannon: 0,
    ksStatistic: 0,
    wasserstein: 0,
    chiSquare: null,
    pValue: 1,
    missingShare: 0,
    rows: 5000,
    judged: true,
    drifted: psi > policy.psiThreshold,
    reason: `PSI ${psi} against ${policy.psiThreshold}.`,
  };
}

const steady: WindowEvidence = {
  rows: 5000,
  outcomes: 5000,
  drift: [column('distance', 0.01), column('airline', 0.04)],
  calibrationGap: 0.004,
  gapUnit: 1,
  rocAuc: 0.7,
  testRocAuc: 0.71,
  previousBadWindows: 0,
};

describe('the verdict on a window', () => {
  it.each([
    ['healthy when nothing moved', {}, 'healthy', 0, false],
    ['too few rows one below the least', { rows: 999, outcomes: 999 }, 'tooFewRows', 0, false],
    ['a verdict at exactly the least', { rows: 1000, outcomes: 1000 }, 'healthy', 0, false],
    ['too few rows even when they look drifted', { rows: 10, drift: [column('x', 3)] }, 'tooFewRows', 0, false],
    ['drifted when one column is', { drift: [column('x', 0.201)] }, 'drifted', 1, false],
    ['decayed when too little is predicted', { calibrationGap: -0.0301 }, 'decayed', 1, false],
    ['decayed when too much is predicted', { calibrationGap: 0.0301 }, 'decayed', 1, false],
    ['healthy at exactly the allowed gap', { calibrationGap: 0.03 }, 'healthy', 0, false],
    ['healthy at a gap that is small for its label', { calibrationGap: 2.8, gapUnit: 94 }, 'healthy', 0, false],
    ['decayed at one that is not', { calibrationGap: -2.9, gapUnit: 94 }, 'decayed', 1, false],
    ['decayed when AUC fell too far', { rocAuc: 0.6, testRocAuc: 0.66 }, 'decayed', 1, false],
    ['healthy when AUC is not known', { rocAuc: null, testRocAuc: 0.9 }, 'healthy', 0, false],
    ['decayed before drifted', { calibrationGap: 0.2, drift: [column('x', 1)] }, 'decayed', 1, false],
    [
      'drifted only, on too few outcomes',
      { outcomes: 999, calibrationGap: 0.5, drift: [column('x', 1)] },
      'drifted',
      1,
      false,
    ],
    ['healthy without any outcome', { outcomes: 0, calibrationGap: null, rocAuc: null }, 'healthy', 0, false],
    [
      'retraining asked for at the second bad window',
      { calibrationGap: 0.1, previousBadWindows: 1 },
      'decayed',
      2,
      true,
    ],
    ['retraining still asked for at the third', { calibrationGap: 0.1, previousBadWindows: 2 }, 'decayed', 3, true],
    ['a good window ends the row of bad ones', { previousBadWindows: 5 }, 'healthy', 0, false],
    ['too few rows end it too', { rows: 3, previousBadWindows: 5 }, 'tooFewRows', 0, false],
  ] as const)('is %s', (_, change, verdict, badWindows, retrainAsked) => {
    const judged = monitorVerdict({ ...steady, ...change }, policy);
    expect(judged).toMatchObject({ verdict, badWindows, retrainAsked });
  });

  it('says what it saw and what is allowed', () => {
    const judged = monitorVerdict(
      { ...steady, calibrationGap: -0.0642, rocAuc: 0.61, drift: [column('month', 1.5)] },
      policy,
    );
    expect(judged.reasons).toEqual([
      'On 5000 known outcomes the mean prediction lies 0.0642 below the mean outcome; 0.03 is allowed.',
      'On 5000 known outcomes ROC AUC fell from 0.71 at packaging to 0.61; a loss of 0.05 is allowed.',
      'Column month drifted: PSI 1.5 against 0.2.',
      '1 bad window in a row: retraining is asked for at 2.',
    ]);
  });

  it('says why a healthy window is healthy, and what it could not judge', () => {
    const judged = monitorVerdict({ ...steady, outcomes: 40 }, policy);
    expect(judged.reasons).toEqual([
      'No column drifted: the largest PSI is 0.04, of airline; the limit is 0.2.',
      'Quality is not judged: of 5000 predictions 40 outcomes are known, 1000 are needed.',
    ]);
  });

  it('calls no column steady that had too few rows to be judged', () => {
    const sparse = { ...column('gate', 7), rows: 250, judged: false, drifted: false };
    const mixed = monitorVerdict({ ...steady, calibrationGap: null, drift: [sparse, column('airline', 0.04)] }, policy);
    expect(mixed.verdict).toBe('healthy');
    expect(mixed.reasons.slice(0, 2)).toEqual([
      'No column that can be judged drifted: the largest PSI is 0.04, of airline; the limit is 0.2.',
      'Too few rows to judge: gate (250 of 1000).',
    ]);
    const none = monitorVerdict(
      { ...steady, calibrationGap: null, drift: [sparse, { ...sparse, column: 'runway', rows: 0 }] },
      policy,
    );
    expect(none.reasons.slice(0, 2)).toEqual([
      'No column can be judged.',
      'Too few rows to judge: gate (250 of 1000), runway (0 of 1000).',
    ]);
    const many = Array.from({ length: 14 }, (_, i) => ({ ...sparse, column: `c${i}` }));
    expect(monitorVerdict({ ...steady, calibrationGap: null, drift: many }, policy).reasons[1]).toMatch(
      /c9 \(250 of 1000\) and 4 more\.$/,
    );
    const drifted = monitorVerdict({ ...steady, drift: [sparse, column('month', 1.5)] }, policy);
    expect(drifted.reasons).toContain('Too few rows to judge: gate (250 of 1000).');
  });

  it('names the ten most drifted columns and counts the rest', () => {
    const drift = Array.from({ length: 14 }, (_, i) => column(`c${i}`, 1 + i));
    const { reasons } = monitorVerdict({ ...steady, drift }, policy);
    expect(reasons.slice(0, 2)).toEqual([
      'Column c13 drifted: PSI 14 against 0.2.',
      'Column c12 drifted: PSI 13 against 0.2.',
    ]);
    expect(reasons).toContain('4 more columns drifted.');
  });

  it('asks for retraining exactly when the row of bad windows is as long as the patience', () => {
    const inputs = [fc.nat(20), fc.integer({ min: 1, max: 20 }), fc.double({ min: -1, max: 1, noNaN: true })] as const;
    fc.assert(
      fc.property(...inputs, (previousBadWindows, patience, calibrationGap) => {
        const judged = monitorVerdict({ ...steady, previousBadWindows, calibrationGap }, { ...policy, patience });
        const bad = judged.verdict === 'decayed' || judged.verdict === 'drifted';
        expect(judged.badWindows).toBe(bad ? previousBadWindows + 1 : 0);
        expect(judged.retrainAsked).toBe(bad && judged.badWindows >= patience);
      }),
    );
  });
});
