import { logLossTerm, mean, rowLosses, squaredError } from './row-losses.js';
import { aucFromCounts, classCounts, rankScores } from './score-ranking.js';
import { labelledRows, probabilityRows, scoredRows } from './scored-rows.js';

/** A metric when row i counts `weights[i]` times, each once when absent; null when it is not defined. */
export type WeightedMetric = (weights?: Uint32Array) => number | null;

export type ComparedMetric = 'rocAuc' | 'logLoss' | 'brier' | 'rmse';

type WeighRows = (labels: Float64Array, scores: Float64Array) => WeightedMetric;

/** Metrics that cost one pass over the rows per draw, once the rows are prepared: what a bootstrap can resample. */
export const weightedMetrics: Readonly<Record<ComparedMetric, WeighRows>> = {
  rocAuc(labels, scores) {
    const rows = labelledRows(labels, scores);
    const ranking = rankScores(rows.scores);
    return (weights) => aucFromCounts(classCounts(rows.truth, ranking, weights));
  },
  logLoss: (labels, scores) => weightedMean(rowLosses(probabilityRows(labels, scores), logLossTerm)),
  brier: (labels, scores) => weightedMean(rowLosses(probabilityRows(labels, scores), squaredError)),
  rmse(labels, scores) {
    const meanSquaredError = weightedMean(rowLosses(scoredRows(labels, scores), squaredError));
    return (weights) => Math.sqrt(meanSquaredError(weights));
  },
};

function weightedMean(losses: Float64Array): (weights?: Uint32Array) => number {
  return (weights) => mean(losses, weights);
}
