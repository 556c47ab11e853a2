import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectiveDirection } from '../../../schemas/index.js';
import { tasks } from '../../../statistics/tasks/tasks.js';
import { improvement } from '../../../statistics/verdicts/challenger.js';

const pair = (difference: number, low: number, high: number) => ({
  champion: 0.5,
  challenger: 0.5 + difference,
  difference,
  low,
  high,
});

describe('a challenger', () => {
  it.each([
    [
      'wins with more AUC',
      'rocAuc',
      pair(0.02, 0.01, 0.03),
      0,
      { difference: 0.02, low: 0.01, high: 0.03, challengerWins: true },
    ],
    [
      'wins with less loss',
      'logLoss',
      pair(-0.02, -0.03, -0.01),
      0,
      { difference: 0.02, low: 0.01, high: 0.03, challengerWins: true },
    ],
    [
      'loses with more loss',
      'logLoss',
      pair(0.02, 0.01, 0.03),
      0,
      { difference: -0.02, low: -0.03, high: -0.01, challengerWins: false },
    ],
    [
      'wins when it is just as good and nothing more is asked',
      'rmse',
      pair(0, 0, 0),
      0,
      { difference: 0, low: 0, high: 0, challengerWins: true },
    ],
    [
      'loses when it is better by too little',
      'brier',
      pair(-0.001, -0.002, 0.001),
      0.005,
      { difference: 0.001, low: -0.001, high: 0.002, challengerWins: false },
    ],
    [
      'wins when a little worse is allowed',
      'rocAuc',
      pair(-0.001, -0.002, 0),
      -0.01,
      { difference: -0.001, low: -0.002, high: 0, challengerWins: true },
    ],
  ] as const)('%s', (_, objective, measured, least, expected) => {
    expect(improvement(objective, measured, least)).toStrictEqual(expected);
  });

  it('has the difference inside its interval, whichever way the metric runs', () => {
    const numbers = [fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })] as const;
    fc.assert(
      fc.property(fc.constantFrom('rocAuc', 'logLoss', 'rmse', 'mae'), ...numbers, (objective, difference, half) => {
        const turned = improvement(objective, pair(difference, difference - half, difference + half), 0);
        expect(turned.low).toBeLessThanOrEqual(turned.difference);
        expect(turned.high).toBeGreaterThanOrEqual(turned.difference);
        const isBetter = objectiveDirection[objective] === 'maximize' ? difference >= 0 : difference <= 0;
        expect(turned.challengerWins).toBe(isBetter);
      }),
    );
  });

  it('is compared by a metric that runs the way of the objective', () => {
    for (const { name, comparedBy } of Object.values(tasks).flatMap(({ objectives }) => objectives)) {
      expect(objectiveDirection[comparedBy]).toBe(objectiveDirection[name]);
    }
  });
});
