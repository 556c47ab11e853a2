import { describe, expect, it } from 'vitest';
import { MonitorPolicy } from '../../../schemas/index.js';
import { dayEnd, instantMs, instantText } from '../../../statistics/data-day.js';
import { describeCategorical, describeNumeric } from '../../../statistics/drift/column.js';
import { CategoricalColumn, NumericColumn } from '../../../statistics/drift/window-column.js';
import { categoricalSpread, numericSpread } from '../../../statistics/drift/window-distribution.js';
import { columnDrift } from '../../../statistics/drift/window-drift.js';
import { windowQuality } from '../../../statistics/metrics/window-quality.js';

const policy = MonitorPolicy.parse({});

describe('data days', () => {
  it.each([
    ['2001-04-18', '2001-04-18T00:00:00.000Z'],
    ['2001-04-18T06:30', '2001-04-18T06:30:00.000Z'],
    ['2001-04-18 06:30:15', '2001-04-18T06:30:15.000Z'],
    ['2001-04-18T06:30:15.123456Z', '2001-04-18T06:30:15.123Z'],
  ])('reads %s in UTC, whatever the machine is set to', (text, iso) => {
    expect(instantText(instantMs(text))).toBe(iso);
  });

  it('ends a day at the next midnight, also from the middle of it', () => {
    expect(instantText(dayEnd(instantMs('2001-04-18T06:30')))).toBe('2001-04-19T00:00:00.000Z');
    expect(instantText(dayEnd(instantMs('2000-02-28')))).toBe('2000-02-29T00:00:00.000Z');
  });
});

describe('a column while it is read', () => {
  it('keeps every number up to its limit, in order', () => {
    const column = new NumericColumn(1000, 'x');
    for (let i = 0; i < 1000; i++) column.add(i);
    expect([...column.values]).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('keeps an even sample beyond it, the same one each time, and counts all rows', () => {
    const read = () => {
      const column = new NumericColumn(2000, 'x');
      for (let i = 0; i < 100_000; i++) column.add(i % 10 === 9 ? null : i);
      return column;
    };
    const { values, rows, missing } = read();
    expect([values.length, rows, missing]).toEqual([2000, 100_000, 10_000]);
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / 2000 - 50_000)).toBeLessThan(2000);
    expect([...read().values]).toEqual([...values]);
  });

  it('tells so many new categories apart and pools the rest, but always knows those of the baseline', () => {
    const column = new CategoricalColumn({ known: 5, __proto__x: 1 }, 3);
    for (const value of ['a', 'b', 'c', 'd', 'e', 'known', 'a', null, '__proto__', 'constructor']) column.add(value);
    expect(Object.fromEntries(column.counts)).toEqual({ a: 2, b: 1, c: 1, known: 1 });
    expect([column.pooled, column.missing, column.rows]).toEqual([4, 1, 10]);
  });
});

describe('drift of a column', () => {
  const numbers = Array.from({ length: 5000 }, (_, i) => (i * 7919) % 5000);
  const filled = (values: readonly (number | null)[]) => {
    const column = new NumericColumn(100_000, 'x');
    for (const value of values) column.add(value);
    return column;
  };

  it('sees a shift of numbers, and none where there is none', () => {
    const baseline = describeNumeric(numbers);
    const drift = (values: number[]) => columnDrift({ column: 'x', baseline, window: filled(values) }, policy);
    expect(drift(numbers)).toMatchObject({ kind: 'numeric', psi: 0, drifted: false, missingShare: 0, chiSquare: null });
    expect(drift(numbers.map((value) => value + 2000))).toMatchObject({ drifted: true });
  });

  it('sees values go missing, which the values that are left cannot show', () => {
    const baseline = describeNumeric(numbers);
    const half = numbers.map((value) => (value % 2 === 0 ? value : null));
    const drift = columnDrift({ column: 'x', baseline, window: filled(half) }, policy);
    expect(drift).toMatchObject({ drifted: true, missingShare: 0.5 });
    expect(drift.reason).toMatch(/^50\.0 % of the values are missing, at packaging 0\.0 % were \(PSI \d/);
    const alsoBefore = describeNumeric(half.map((value) => value ?? Number.NaN));
    expect(columnDrift({ column: 'x', baseline: alsoBefore, window: filled(half) }, policy).drifted).toBe(false);
  });

  it('counts new categories, and names none: what it says travels in messages', () => {
    const baseline = describeCategorical(numbers.map((value) => (value % 2 ? 'AA' : 'DL')));
    const window = new CategoricalColumn(baseline.counts);
    for (const value of numbers) window.add(value % 2 ? 'AA' : `"new" <${value % 5}>`);
    const drift = columnDrift({ column: 'carrier', baseline, window }, policy);
    expect(drift).toMatchObject({ kind: 'categorical', drifted: true, ksStatistic: null });
    expect(drift.reason).toContain('There are 5 new categories.');
    expect(drift.reason).not.toContain('<0>');
  });

  it('says nothing definite of a column without values', () => {
    const baseline = describeNumeric([]);
    expect(columnDrift({ column: 'x', baseline, window: filled([]) }, policy)).toMatchObject({
      psi: 0,
      rows: 0,
      judged: false,
      drifted: false,
    });
  });

  it.each([
    [999, 0, { rows: 999, judged: false, drifted: false }],
    [1000, 0, { rows: 1000, judged: true, drifted: false }],
    [0, 999, { rows: 0, judged: false, drifted: false }],
    [0, 1000, { rows: 0, judged: true, drifted: true }],
  ])('judges %i values and %i missing ones, or says that it does not', (values, missing, expected) => {
    const rows = [...numbers.slice(0, values), ...Array<null>(missing).fill(null)];
    const drift = columnDrift({ column: 'x', baseline: describeNumeric(numbers), window: filled(rows) }, policy);
    expect(drift).toMatchObject(expected);
  });
});

describe('how a column is shown', () => {
  const numbers = Array.from({ length: 101 }, (_, i) => i);

  it('is bins of a round width on the real axis of its values, not equal shares', () => {
    const spread = numericSpread(describeNumeric(numbers), numbers);
    expect(spread).toMatchObject({ kind: 'histogram', histogram: { from: 0, width: 5 } });
    const { bins } = (spread as Extract<typeof spread, { kind: 'histogram' }>).histogram;
    expect(bins).toHaveLength(21);
    expect(bins[0]).toEqual({ baseline: 5 / 101, window: 5 / 101 });
  });

  it('is a bar per number where there are few: 0 and 1 have no axis', () => {
    expect(numericSpread(describeNumeric([0, 1, 1, 0]), [1, 1, 1, 0])).toEqual({
      kind: 'categories',
      shown: [
        { label: '0', baseline: 0.5, window: 0.25 },
        { label: '1', baseline: 0.5, window: 0.75 },
      ],
      others: null,
    });
  });

  it('is nothing where a side has no value', () => {
    expect(numericSpread(describeNumeric([]), [1])).toBeNull();
    expect(numericSpread(describeNumeric([1]), [Number.NaN])).toBeNull();
  });

  it('is the most frequent categories of either side, and how many others there are', () => {
    const letters = [...'abcdefghijklmnopqrst'];
    const spread = categoricalSpread(describeCategorical(letters), new Map([['z', 10]]));
    const { shown, others } = spread as Extract<typeof spread, { kind: 'categories' }>;
    expect(shown).toHaveLength(10);
    expect(shown[0]).toEqual({ label: 'z', baseline: 0, window: 1 });
    expect(others).toMatchObject({ categories: 11, orMore: false, window: 0 });
    expect(others?.baseline).toBeCloseTo(11 / 20, 12);
  });

  it('says that there may be more others than either side told apart', () => {
    const many = Array.from({ length: 300 }, (_, i) => `airport ${i}`);
    const spread = categoricalSpread(describeCategorical(many), new Map([['airport 1', 1]]), 5);
    expect(spread).toMatchObject({ others: { categories: 190, orMore: true } });
  });
});

describe('quality of a window', () => {
  const test = { rmse: 1, mae: 1, r2: 0, rows: 10 };
  const rows = (outcomes: number[], predictions: number[]) => ({
    outcomes: Float64Array.from(outcomes),
    predictions: Float64Array.from(predictions),
  });

  it('is mean predicted − mean observed, and leaves out what fits no task', () => {
    const quality = windowQuality('binary', rows([1, 0, 0, 1, 37], [0.9, 0.2, 0.1, 0.6, 0.5]), test);
    expect(quality).toMatchObject({ rows: 4, refused: 1 });
    expect(quality.gap).toBeCloseTo(0.45 - 0.5, 12);
    expect(quality.metrics).toMatchObject({ rocAuc: 1, rows: 4 });
  });

  it('is unknown without outcomes', () => {
    expect(windowQuality('binary', rows([], []), test)).toMatchObject({
      metrics: null,
      gap: null,
      curve: [],
      detail: null,
    });
  });

  it('counts who is right at the base rate of packaging, which is a threshold that any base rate has', () => {
    const atPackaging = {
      rocAuc: 1,
      prAuc: 1,
      logLoss: 0,
      brier: 0,
      calibrationError: 0,
      meanPredicted: 0.5,
      meanObserved: 0.3,
      rows: 9,
    };
    const { detail } = windowQuality('binary', rows([1, 1, 0, 0], [0.9, 0.2, 0.3, 0.1]), atPackaging);
    expect(detail).toMatchObject({
      kind: 'classes',
      confusion: { threshold: 0.3, truePositives: 1, falsePositives: 1, trueNegatives: 1, falseNegatives: 1 },
    });
  });

  it('has a gap, a curve and errors for numbers too', () => {
    const quality = windowQuality('regression', rows([10, 20], [13, 19]), test);
    expect(quality).toMatchObject({ gap: 1, metrics: { mae: 2 }, curve: [{ predicted: 16, observed: 15, rows: 2 }] });
    expect(quality.detail).toMatchObject({ kind: 'errors', errors: { below: { window: 0 } } });
  });
});
