import { describe, expect, it } from 'vitest';
import { MonitorPolicy } from '../../../schemas/index.js';
import { dayEnd, instantMs, instantText } from '../../../statistics/data-day.js';
import { describeCategorical, describeNumeric } from '../../../statistics/drift/column.js';
import { CategoricalColumn, NumericColumn } from '../../../statistics/drift/window-column.js';
import { categoricalBins, numericBins } from '../../../statistics/drift/window-distribution.js';
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

describe('bins for a chart', () => {
  it('are those the index is taken over, named by their upper edge', () => {
    const bins = numericBins(describeNumeric([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), [1, 1, 12, Number.NaN]);
    expect(bins).toHaveLength(10);
    expect([bins[0]?.label, bins[0]?.window, bins[9]?.label]).toEqual(['≤ 2', 2 / 3, '> 10']);
    expect(numericBins(describeNumeric([]), [1])).toEqual([]);
    expect(numericBins(describeNumeric([1]), [Number.NaN])).toEqual([]);
  });

  it('show the most frequent categories of either side and the rest as one', () => {
    const letters = [...'abcdefghijklmnopqrst'];
    const bins = categoricalBins(describeCategorical(letters), new Map([['z', 10]]));
    expect(bins).toHaveLength(12);
    expect(bins[0]).toEqual({ label: 'z', baseline: 0, window: 1 });
    expect(bins[11]?.label).toBe('all others');
    for (const side of ['baseline', 'window'] as const) {
      expect(bins.reduce((sum, bin) => sum + bin[side], 0)).toBeCloseTo(1, 9);
    }
  });
});

describe('quality of a window', () => {
  it('is mean predicted − mean observed, and leaves out what fits no task', () => {
    const quality = windowQuality('binary', Float64Array.of(1, 0, 0, 1, 37), Float64Array.of(0.9, 0.2, 0.1, 0.6, 0.5));
    expect(quality).toMatchObject({ rows: 4, refused: 1 });
    expect(quality.gap).toBeCloseTo(0.45 - 0.5, 12);
    expect(quality.metrics).toMatchObject({ rocAuc: 1, rows: 4 });
  });

  it('is unknown without outcomes', () => {
    expect(windowQuality('binary', new Float64Array(), new Float64Array())).toMatchObject({
      metrics: null,
      gap: null,
      curve: [],
    });
  });

  it('has a gap for numbers too, and no curve', () => {
    const quality = windowQuality('regression', Float64Array.of(10, 20), Float64Array.of(13, 19));
    expect(quality).toMatchObject({ gap: 1, curve: [], metrics: { mae: 2 } });
  });
});
