import { describe, expect, it } from 'vitest';
import { columnWarnings, foundOnReading } from '../../../activities/deploy/data-warnings.js';
import { comparisonInWords, evidenceOf, limitsInWords } from '../../../activities/deploy/evidence.js';
import { Fact, type GateComparison, MonitorPolicy } from '../../../schemas/index.js';
import { digestOf, measuredRunFact } from '../../integration/ledger-facts.js';

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

describe('what serves beside what wants to', () => {
  const compared: GateComparison = {
    model: 'm',
    version: 2,
    serving: 1,
    packageDigest: digestOf('p'),
    rows: 180,
    differences: [
      { metric: 'rocAuc', serving: 0.71, candidate: 0.7, difference: -0.01, low: -0.02, high: -0.004 },
      { metric: 'own', serving: 1, candidate: 1.5, difference: 0.5, low: -1, high: 2 },
    ],
    calibrationGap: { serving: 0.012, candidate: -0.115 },
    servingMissed: ['distance'],
    mayKnowRows: true,
  };

  it('stands on the same rows, with an interval and what may be wrong with it', () => {
    expect(comparisonInWords(compared)).toEqual([
      'version 1, which serves → version 2, on the same 180 test rows:',
      'ROC AUC 0.7100 → 0.7000: worse by 0.0100 (95 %: 0.0040 to 0.0200)',
      'own 1.0000 → 1.5000: no clear difference (95 %: worse by 1.0000 to better by 2.0000)',
      'mean answer − mean outcome +0.012 → −0.115',
      'version 1 answered without distance, which the data has no more, or as another type',
      'version 1 may have learnt some of these rows: they have no time to tell by',
    ]);
    expect(comparisonInWords({ ...compared, rows: 0 })).toEqual([
      'version 2 is the same model as version 1, which serves',
    ]);
  });

  it('is held against the limits that monitoring will hold it against', () => {
    const policy = MonitorPolicy.parse({});
    const test = (meanPredicted: number, rows: number) => ({ meanPredicted, meanObserved: 0.318, rows });
    expect(limitsInWords(test(0.203, 2000), policy)).toEqual([
      'would fail calibration: gap 0.115 > 0.030, answers lie below outcomes',
    ]);
    expect(limitsInWords(test(0.433, 52), policy)).toEqual([
      'would fail calibration: gap 0.115 > 0.030, answers lie above outcomes (on 52 rows; monitoring judges from 1000 on)',
    ]);
    expect(limitsInWords(test(0.32, 1000), { ...policy, maxCalibrationGap: 0.1 })).toEqual([
      "within monitoring's limit of calibration: gap 0.002 ≤ 0.100",
    ]);
    expect(limitsInWords({ rmse: 2, rows: 2000 }, policy)).toEqual([]);
  });
});

describe('a warning of the data', () => {
  it('says what was found out on reading it, the first ones in full', () => {
    expect(foundOnReading(['mass is text: 342 of 344 values are numbers'])).toEqual([
      'data as read: mass is text: 342 of 344 values are numbers',
    ]);
    expect(foundOnReading(['a', 'b', 'c', 'd', 'e', 'f']).at(-1)).toBe(
      'data: 2 more things were found out on reading, see the result of its collection',
    );
  });

  it('names the columns that hold nothing, little, or always the same', () => {
    const column = (name: string, nulls: number, approximateDistinct = 9) => ({
      name,
      rows: 100,
      nulls,
      approximateDistinct,
    });
    const many = Array.from({ length: 7 }, (_, i) => column(`e${i}`, 100, 0));
    expect(columnWarnings([column('fine', 3), column('thin', 78), column('same', 0, 1), ...many])).toEqual([
      'data: empty: e0, e1, e2, e3, e4 and 2 more',
      'data: missing in more than half of the rows: thin (78 %)',
      'data: the same in every row: same',
    ]);
    expect(columnWarnings([column('fine', 3)])).toEqual([]);
  });
});
