import { logLossTerm, mean, rowLosses, squaredError } from './row-losses.js';
import { aucFromCounts, averagePrecisionFromCounts, classCounts, rankScores } from './score-ranking.js';
import { labelledRows, probabilityRows, type ScoredRows } from './scored-rows.js';

// Labels are 0 or 1, one per score. A row with a NaN label or score is left out everywhere; different lengths, no row
// left or another label throw RangeError, and so does a score outside [0, 1] wherever it must be a probability.

export interface BinaryMetrics {
  /** null when there is one class only */
  rocAuc: number | null;
  /** null when there is one class only */
  prAuc: number | null;
  logLoss: number;
  brier: number;
  calibrationError: number;
  meanPredicted: number;
  meanObserved: number;
  /** how many rows had both a label and a score */
  rows: number;
}

export interface CalibrationBin {
  meanPredicted: number;
  meanObserved: number;
  count: number;
}

export interface Calibration {
  expectedCalibrationError: number;
  meanPredicted: number;
  meanObserved: number;
  /** ascending; empty bins are left out */
  bins: CalibrationBin[];
}

/**
 * Area under the ROC curve, ties by mid-ranks; null when there is one class only. Any real score will do.
 * Labels [0, 0, 1, 1] with scores [0.1, 0.4, 0.35, 0.8] give 0.75 (scikit-learn `roc_auc_score`). O(n log n).
 */
export function rocAuc(labels: ArrayLike<number>, scores: ArrayLike<number>): number | null {
  return rocAucOf(labelledRows(labels, scores));
}

/** Average precision; null when there is one class only. The example of `rocAuc` gives 0.8333 (`average_precision_score`). */
export function prAuc(labels: ArrayLike<number>, scores: ArrayLike<number>): number | null {
  return prAucOf(labelledRows(labels, scores));
}

/**
 * Mean of −ln(probability given to what happened), in nats, probabilities clipped to [1e-15, 1 − 1e-15].
 * Labels [1, 0, 0, 1] with scores [0.9, 0.1, 0.2, 0.65] give 0.2162 (scikit-learn `log_loss`).
 */
export function logLoss(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  return mean(rowLosses(probabilityRows(labels, scores), logLossTerm));
}

/**
 * Mean squared difference of probability and outcome; 0 is perfect, 0.25 is a constant 0.5.
 * Labels [0, 1, 1, 0] with scores [0.1, 0.9, 0.8, 0.3] give 0.0375 (scikit-learn `brier_score_loss`).
 */
export function brierScore(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  return mean(rowLosses(probabilityRows(labels, scores), squaredError));
}

/**
 * Reliability over bins of equal width on [0, 1]: expected calibration error Σ (count / rows) |meanPredicted − meanObserved|.
 * Labels [0, 1, 1, 1] with scores [0.1, 0.1, 0.9, 0.9] give ½·0.4 + ½·0.1 = 0.25.
 * Source: Naeini, Cooper & Hauskrecht (2015). Throws RangeError when `bins` is below 1.
 */
export function calibration(labels: ArrayLike<number>, scores: ArrayLike<number>, bins = 10): Calibration {
  if (!(bins >= 1)) throw new RangeError(`calibration needs at least one bin, not ${bins}`);
  return calibrationOf(probabilityRows(labels, scores), bins);
}

/** All of the above in one record, over the rows that have both a label and a score. */
export function binaryMetrics(labels: ArrayLike<number>, scores: ArrayLike<number>): BinaryMetrics {
  const rows = probabilityRows(labels, scores);
  const { expectedCalibrationError, meanPredicted, meanObserved } = calibrationOf(rows, 10);
  return {
    rocAuc: rocAucOf(rows),
    prAuc: prAucOf(rows),
    logLoss: mean(rowLosses(rows, logLossTerm)),
    brier: mean(rowLosses(rows, squaredError)),
    calibrationError: expectedCalibrationError,
    meanPredicted,
    meanObserved,
    rows: rows.truth.length,
  };
}

function rocAucOf({ truth, scores }: ScoredRows): number | null {
  return aucFromCounts(classCounts(truth, rankScores(scores)));
}

function prAucOf({ truth, scores }: ScoredRows): number | null {
  return averagePrecisionFromCounts(classCounts(truth, rankScores(scores)));
}

function calibrationOf(rows: ScoredRows, binCount: number): Calibration {
  const bins = calibrationBins(rows, binCount);
  const gaps = bins.map((bin) => bin.count * Math.abs(bin.meanPredicted - bin.meanObserved));
  return {
    expectedCalibrationError: gaps.reduce((sum, gap) => sum + gap, 0) / rows.truth.length,
    meanPredicted: mean(rows.scores),
    meanObserved: mean(rows.truth),
    bins,
  };
}

function calibrationBins({ truth, scores }: ScoredRows, binCount: number): CalibrationBin[] {
  const sums = Array.from({ length: binCount }, () => ({ predicted: 0, observed: 0, count: 0 }));
  scores.forEach((score, i) => {
    const bin = sums[Math.max(0, Math.min(binCount - 1, Math.floor(score * binCount)))]!;
    bin.predicted += score;
    bin.observed += truth[i]!;
    bin.count += 1;
  });
  return sums
    .filter(({ count }) => count > 0)
    .map(({ predicted, observed, count }) => ({
      meanPredicted: predicted / count,
      meanObserved: observed / count,
      count,
    }));
}
