import { classCounts, rankScores } from './score-ranking.js';
import { probabilityRows, type ScoredRows } from './scored-rows.js';

export interface RocPoint {
  /** of the rows where it did not happen, those called positive */
  readonly falsePositiveRate: number;
  /** of the rows where it happened, those called positive */
  readonly truePositiveRate: number;
}

/** Rows called positive are those whose score is at least the threshold. */
export interface Confusion {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/** Steps of the curve that are closer than this on both axes are not told apart. */
const leastStep = 0.01;

/**
 * From (0, 0) to (1, 1), a point per threshold, thinned to at most some 200; empty when there is one class only.
 * Labels [0, 1] with scores [0.2, 0.8]: (0, 0), (0, 1), (1, 1).
 */
export function rocCurve(labels: ArrayLike<number>, scores: ArrayLike<number>): RocPoint[] {
  const rows = probabilityRows(labels, scores);
  const { positives, negatives } = classCounts(rows.truth, rankScores(rows.scores));
  const [hits, falls] = [sum(positives), sum(negatives)];
  if (hits === 0 || falls === 0) return [];
  const points: RocPoint[] = [{ falsePositiveRate: 0, truePositiveRate: 0 }];
  let [called, wrongly] = [0, 0];
  for (let place = positives.length - 1; place >= 0; place--) {
    called += positives[place]!;
    wrongly += negatives[place]!;
    points.push({ falsePositiveRate: wrongly / falls, truePositiveRate: called / hits });
  }
  return thinned(points);
}

function thinned(points: readonly RocPoint[]): RocPoint[] {
  const kept: RocPoint[] = [];
  for (const [i, point] of points.entries()) {
    const last = kept.at(-1);
    if (last === undefined || i === points.length - 1 || isApart(last, point)) kept.push(point);
  }
  return kept;
}

const isApart = (a: RocPoint, b: RocPoint) =>
  b.falsePositiveRate - a.falsePositiveRate >= leastStep || b.truePositiveRate - a.truePositiveRate >= leastStep;

const sum = (counts: Float64Array) => counts.reduce((all, count) => all + count, 0);

/** Labels [1, 1, 0, 0] with scores [0.9, 0.2, 0.6, 0.1] at 0.5: one of each. */
export function confusionAt(labels: ArrayLike<number>, scores: ArrayLike<number>, threshold: number): Confusion {
  const rows = probabilityRows(labels, scores);
  return {
    threshold,
    truePositives: countOf(rows, (label, score) => label === 1 && score >= threshold),
    falsePositives: countOf(rows, (label, score) => label === 0 && score >= threshold),
    trueNegatives: countOf(rows, (label, score) => label === 0 && score < threshold),
    falseNegatives: countOf(rows, (label, score) => label === 1 && score < threshold),
  };
}

function countOf({ truth, scores }: ScoredRows, holds: (label: number, score: number) => boolean): number {
  return truth.reduce((count, label, i) => count + (holds(label, scores[i]!) ? 1 : 0), 0);
}
