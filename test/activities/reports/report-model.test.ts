import { describe, expect, it } from 'vitest';
import { numberAxis, shareAxis, ticks } from '../../../activities/reports/axis.js';
import { baseRateText, comparedMetrics } from '../../../activities/reports/metric-comparison.js';
import { monitorReport } from '../../../activities/reports/monitor-report.js';
import { identityOf, whatHappened, whatToDo } from '../../../activities/reports/monitor-report-story.js';
import { tilesOf } from '../../../activities/reports/monitor-report-tiles.js';
import { othersText } from '../../../activities/reports/svg-categories.js';
import type { Metrics } from '../../../schemas/index.js';
import type { BinaryMetrics } from '../../../statistics/metrics/binary.js';
import { regression, reportOf } from './shown-windows.js';

describe('the numbers that are read first', () => {
  it('read as sentences, and name their limit', () => {
    const found = tilesOf(reportOf(['distance', 'airline', 'carrier'])).map(({ value, name }) => `${value} ${name}`);
    expect(found).toEqual([
      '16\u202F412 predictions',
      '15\u202F990 known outcomes, 97.4 % of the predictions',
      '2 of 3 columns drifted',
      '0.681 ROC AUC; 0.734 at packaging',
      '+7.4 percentage points predicted above observed; limit ±3.0',
      '2 bad days in a row; 2 ask for retraining',
    ]);
  });

  it('are those of a number where the label is one', () => {
    const [, , , quality, gap] = tilesOf(regression).map(({ value, name }) => `${value} ${name}`);
    expect([quality, gap]).toEqual([
      '3.600 RMSE; 3.000 at packaging',
      '−0.100 mean predicted − mean observed; limit ±0.150',
    ]);
  });

  it('show the way of the last 30 windows, with a gap where nothing was measured', () => {
    const [, , , quality] = tilesOf(reportOf(['distance']));
    expect(quality?.way).toHaveLength(30);
    expect([quality?.way[4], quality?.way[29]]).toEqual([null, 0.6812]);
    expect(monitorReport(reportOf(['distance']))).toContain('2001-04-16 (UTC): drifted');
  });
});

describe('metrics beside those at packaging', () => {
  const { result, test } = reportOf([]);

  it('are marked better, worse or about the same, in the direction of each', () => {
    const marks = comparedMetrics(result.quality as Metrics, test).map(({ name, mark }) => [name, mark]);
    expect(marks).toEqual([
      ['ROC AUC', 'worse'],
      ['PR AUC', 'worse'],
      ['Log loss', 'worse'],
      ['Brier score', 'worse'],
      ['Calibration error', 'worse'],
      ['Mean predicted', null],
      ['Base rate (mean observed)', null],
      ['Rows', null],
    ]);
    expect(comparedMetrics(regression.result.quality as Metrics, regression.test).map(({ mark }) => mark)).toEqual([
      'worse',
      'about the same',
      'worse',
      null,
    ]);
    expect(comparedMetrics(result.quality as Metrics, null).every(({ mark }) => mark === null)).toBe(true);
  });

  it('name a base rate that moved, because most of them move with it', () => {
    const fell = { ...(result.quality as BinaryMetrics), meanObserved: 0.075, logLoss: 0.2 };
    const before = { ...(test as BinaryMetrics), meanObserved: 0.318 };
    expect(baseRateText(fell, before)).toMatch(
      /^The base rate moved 31\.8 % → 7\.5 %\. Log loss, Brier score and PR AUC/,
    );
    expect(comparedMetrics(fell, before).find(({ name }) => name === 'Log loss')?.mark).toBe('better');
    expect(baseRateText(result.quality as Metrics, test)).toBe('The base rate is 19.7 %, as at packaging (20.1 %).');
    expect(baseRateText(regression.result.quality as Metrics, regression.test)).toBeNull();
  });
});

describe('what follows from a window', () => {
  const shown = reportOf(['distance']);
  const asked = { at: '2001-04-17T06:00:00', outcome: 'notActedOn', reason: 'the model is paused' };
  const few = { ...shown.result, verdict: 'tooFewRows' as const, badWindows: 0, retrainAsked: false };

  it.each([
    ['a person decides', { automatic: false, hasRecipe: true }, 'so that a person decides'],
    ['there is no recipe', { automatic: true, hasRecipe: false }, 'it has no recipe to retrain by'],
    ['there is no lifecycle', null, 'Nobody acts on it'],
    ['the lifecycle acts', { automatic: true, hasRecipe: true }, 'The lifecycle acts on it, unless it is paused'],
  ])('says why retraining was asked for in vain, or that it was not: %s', (_, acting, words) => {
    const [line] = whatHappened({ ...shown, acting });
    expect(line).toMatch(/^Retraining was asked for\. /);
    expect(line).toContain(words);
  });

  it('says what became of the last request, and how many bad days one takes', () => {
    const past = { ...shown.past, asked };
    expect(whatHappened({ ...shown, past })[1]).toBe(
      'When a monitor asked last, on 2001-04-17, it was not acted on: the model is paused',
    );
    const once = { ...shown.result, badWindows: 1, retrainAsked: false };
    expect(whatHappened({ ...shown, result: once })).toEqual([
      'Retraining was not asked for: 1 bad day in a row, 2 are needed.',
    ]);
    expect(whatHappened({ ...shown, result: few })).toEqual([]);
  });

  it('names the lines that a person may type', () => {
    expect(whatToDo(shown).map(({ command }) => command)).toEqual([
      'npx temporal-mlops lineage flight-delay@3',
      `temporal workflow signal -w lifecycle/flight-delay --name retrain -i '{"by":"<your name>","reason":"decayed on 2001-04-18"}'`,
      'npx temporal-mlops rollback flight-delay --environment production',
    ]);
    expect(whatToDo({ ...shown, result: few })[0]?.command).toContain('"from":"2001-04-12T00:00:00.000Z"');
    expect(whatToDo({ ...shown, result: { ...shown.result, verdict: 'healthy' } })).toEqual([]);
  });

  it('says what the page is about', () => {
    expect(identityOf(shown)).toEqual([
      ['Model', 'flight-delay@3, aaaaaaaaaaaa'],
      ['Dataset', 'bbbbbbbbbbbb'],
      ['Run', 'r-51ac'],
      [
        'Bad is',
        'PSI above 0.2, gap above 0.030, ROC AUC lost above 0.050; from 1000 rows on; 2 in a row ask for retraining',
      ],
      ['Asked for by', 'monitor/flight-delay/production'],
      ['Asked for at', '2001-04-19 06:00 UTC'],
      ['Lineage', 'npx temporal-mlops lineage flight-delay@3'],
    ]);
  });
});

describe('charts', () => {
  it('name the categories that are not drawn', () => {
    const page = monitorReport(reportOf(['distance', 'airline']));
    expect(page).toContain('236 others together (not drawn)');
    expect(othersText({ categories: 190, orMore: true })).toBe('190 or more others');
    expect(othersText({ categories: 1, orMore: false })).toBe('1 other');
    expect(othersText({ categories: 0, orMore: true })).toBe('all others');
  });

  it('have axes with round numbers in the unit of the column, a probability as per cent', () => {
    expect(ticks(0, 23, 5)).toEqual({ step: 5, values: [0, 5, 10, 15, 20] });
    expect([0, 1500, -2.5, 12_000_000].map((value) => numberAxis(value, 500))).toEqual([
      '0',
      '1\u202F500',
      '−3',
      '12000000',
    ]);
    expect(numberAxis(0.25, 0.05)).toBe('0.25');
    expect([0.09249, 0.25].map((value) => shareAxis(value, 0.05))).toEqual(['9 %', '25 %']);
  });

  it('keep a page below 150 KB, whatever there is to show', () => {
    const wide = reportOf(Array.from({ length: 2000 }, (_, i) => `a rather long name of a column, number ${i}`));
    const result = { ...wide.result, reasons: wide.result.reasons.slice(0, 20) };
    expect(Buffer.byteLength(monitorReport({ ...wide, result }))).toBeLessThan(150_000);
    expect(Buffer.byteLength(monitorReport(reportOf(['distance', 'airline', 'carrier'])))).toBeLessThan(40_000);
  });

  it('hold a number beside those of a label that is one', () => {
    const page = monitorReport(regression);
    expect(page).toContain('A prediction is off by 2.010 on average, in the unit of the label.');
    expect(page).toContain('aria-label="Errors"');
    expect(page).not.toMatch(/ROC|NaN|Infinity|undefined/);
  });
});
