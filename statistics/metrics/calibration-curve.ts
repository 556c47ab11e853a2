import { meanInterval, wilsonInterval } from '../tests/wilson.js';
import { calibration } from './binary.js';
import { scoredRows } from './scored-rows.js';

/** A bin of rows: what was predicted of them on average, what came true, and between what the truth lies in 95 of 100. */
export interface CalibrationPoint {
  readonly predicted: number;
  readonly observed: number;
  readonly low: number;
  readonly high: number;
  readonly rows: number;
}

const curveBins = 20;
/** fewer rows draw a cliff where there is only chance */
const leastRows = 30;

/**
 * Mean prediction and share that came true in 20 bins of equal width, see `calibration`; a bin of fewer than 30 rows is
 * joined with the next one, the last with the one before. Fewer than 30 rows in all are one point.
 */
export function calibrationCurve(labels: ArrayLike<number>, scores: ArrayLike<number>): CalibrationPoint[] {
  const { bins } = calibration(labels, scores, curveBins);
  return joined(bins.map(({ meanPredicted, meanObserved, count }) => binOf(meanPredicted, meanObserved, count))).map(
    ({ predicted, observed, rows }) => ({
      predicted: predicted / rows,
      observed: observed / rows,
      ...wilsonInterval(observed, rows),
      rows,
    }),
  );
}

/** Sums, so that bins can be added. */
interface Sums {
  readonly predicted: number;
  readonly observed: number;
  readonly rows: number;
}

const binOf = (predicted: number, observed: number, rows: number): Sums => ({
  predicted: predicted * rows,
  observed: Math.round(observed * rows),
  rows,
});

function joined(bins: readonly Sums[]): Sums[] {
  const kept: Sums[] = [];
  for (const bin of bins) {
    const last = kept.at(-1);
    if (last !== undefined && last.rows < leastRows) kept.splice(-1, 1, sumOf(last, bin));
    else kept.push(bin);
  }
  const [before, last] = kept.slice(-2);
  if (before !== undefined && last !== undefined && last.rows < leastRows) kept.splice(-2, 2, sumOf(before, last));
  return kept;
}

const sumOf = (a: Sums, b: Sums): Sums => ({
  predicted: a.predicted + b.predicted,
  observed: a.observed + b.observed,
  rows: a.rows + b.rows,
});

/**
 * The same for a number: rows in the order of their prediction, in up to 20 bins of equally many, none of fewer than 30.
 * [1, 2] predicted as [1, 1] is one point: predicted 1, observed 1.5.
 */
export function predictionCurve(truth: ArrayLike<number>, predictions: ArrayLike<number>): CalibrationPoint[] {
  const rows = scoredRows(truth, predictions);
  const order = Array.from(rows.scores.keys()).sort((a, b) => rows.scores[a]! - rows.scores[b]! || a - b);
  const bins = Math.max(1, Math.min(curveBins, Math.floor(order.length / leastRows)));
  return Array.from({ length: bins }, (_, bin) =>
    order.slice(Math.round((bin * order.length) / bins), Math.round(((bin + 1) * order.length) / bins)),
  ).map((places) => {
    const predicted = meanOf(places.map((place) => rows.scores[place]!));
    const truths = places.map((place) => rows.truth[place]!);
    const observed = meanOf(truths);
    const deviation = Math.sqrt(meanOf(truths.map((value) => (value - observed) ** 2)));
    return { predicted, observed, ...meanInterval(observed, deviation, places.length), rows: places.length };
  });
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
