import { pick, presentRows } from '../metrics/scored-rows.js';
import { type ComparedMetric, type WeightedMetric, weightedMetrics } from '../metrics/weighted-metric.js';
import { quantile } from '../quantile.js';
import { seededRandom } from '../random.js';

export interface BootstrapOptions {
  /** at least 1 */
  resamples?: number;
  seed: number | string;
}

/** The same rows, answered by both models. */
export interface ScoredPair {
  readonly labels: ArrayLike<number>;
  readonly champion: ArrayLike<number>;
  readonly challenger: ArrayLike<number>;
}

export interface PairedBootstrap {
  champion: number;
  challenger: number;
  /** challenger − champion */
  difference: number;
  /** the 2.5 % and 97.5 % quantiles of the resampled differences */
  low: number;
  high: number;
}

/**
 * Is the challenger better on the same rows? Rows are drawn with replacement, both models are measured on each draw,
 * and the middle 95 % of the differences is the interval (percentile bootstrap, Efron & Tibshirani, 1993, ch. 13).
 * The same seed gives the same answer. Scores are ranked once and a draw is a list of weights, so the cost is
 * O(n log n + resamples · n). Draws with one class only have no AUC and are left out.
 * A row with a NaN label or score is left out. Throws RangeError on different lengths, no row, a label or score out of
 * range for the metric, one class only (rocAuc), or `resamples` below 1.
 */
export function pairedBootstrap(
  scored: ScoredPair,
  metric: ComparedMetric,
  { resamples = 200, seed }: BootstrapOptions,
): PairedBootstrap {
  if (!(resamples >= 1)) throw new RangeError(`a bootstrap needs at least one resample, not ${resamples}`);
  const pair = comparableRows(scored);
  const champion = weightedMetrics[metric](pair.labels, pair.champion);
  const challenger = weightedMetrics[metric](pair.labels, pair.challenger);
  const championValue = champion();
  const challengerValue = challenger();
  if (championValue === null || challengerValue === null) throw new RangeError(`${metric} needs rows of both classes`);
  const differences = resampledDifferences(champion, challenger, { rows: pair.labels.length, resamples, seed });
  return {
    champion: championValue,
    challenger: challengerValue,
    difference: challengerValue - championValue,
    low: quantile(differences, 0.025),
    high: quantile(differences, 0.975),
  };
}

interface ComparableRows {
  labels: Float64Array;
  champion: Float64Array;
  challenger: Float64Array;
}

function comparableRows({ labels, champion, challenger }: ScoredPair): ComparableRows {
  if (labels.length !== champion.length || labels.length !== challenger.length)
    throw new RangeError(`${labels.length} labels but ${champion.length} and ${challenger.length} scores`);
  const kept = presentRows([labels, champion, challenger]);
  return { labels: pick(labels, kept), champion: pick(champion, kept), challenger: pick(challenger, kept) };
}

/** Ascending. Never empty: when no draw has both classes, the RangeError of `quantile` says so. */
function resampledDifferences(
  champion: WeightedMetric,
  challenger: WeightedMetric,
  { rows, resamples, seed }: { rows: number; resamples: number; seed: number | string },
): Float64Array {
  const random = seededRandom(seed);
  const differences: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    const weights = drawWithReplacement(rows, random);
    const championValue = champion(weights);
    const challengerValue = challenger(weights);
    if (championValue !== null && challengerValue !== null) differences.push(challengerValue - championValue);
  }
  return Float64Array.from(differences).sort();
}

/** How often each of `rows` rows is drawn in `rows` draws. */
function drawWithReplacement(rows: number, random: () => number): Uint32Array {
  const weights = new Uint32Array(rows);
  for (let draw = 0; draw < rows; draw++) weights[Math.floor(random() * rows)]! += 1;
  return weights;
}
