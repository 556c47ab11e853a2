import { countBelow } from '../finite-values.js';

/** Each row's place among the distinct scores, ascending from 0; equal scores share a place. */
export interface ScoreRanking {
  places: Uint32Array;
  distinct: number;
}

/** How many positive and negative rows stand at each place of a ranking, ascending by score. */
export interface ClassCounts {
  positives: Float64Array;
  negatives: Float64Array;
}

/** O(n log n). The ranking of [0.3, 0.9, 0.3] is places [0, 1, 0], 2 distinct. */
export function rankScores(scores: Float64Array): ScoreRanking {
  const sorted = scores.slice().sort();
  const levels = sorted.filter((score, i) => i === 0 || score !== sorted[i - 1]);
  return { places: Uint32Array.from(scores, (score) => countBelow(levels, score)), distinct: levels.length };
}

/** `weights[i]` says how often row i counts; each counts once when it is absent. O(n). */
export function classCounts(labels: Float64Array, ranking: ScoreRanking, weights?: Uint32Array): ClassCounts {
  const positives = new Float64Array(ranking.distinct);
  const negatives = new Float64Array(ranking.distinct);
  for (let i = 0; i < labels.length; i++) {
    const side = labels[i] === 1 ? positives : negatives;
    side[ranking.places[i]!]! += weights === undefined ? 1 : weights[i]!;
  }
  return { positives, negatives };
}

/**
 * The chance that a random positive stands above a random negative, a tie counting one half: the Mann–Whitney U over
 * the number of pairs, which is the area under the ROC curve. null when a class is absent.
 */
export function aucFromCounts({ positives, negatives }: ClassCounts): number | null {
  let wins = 0;
  let positivesSeen = 0;
  let negativesSeen = 0;
  for (let place = 0; place < positives.length; place++) {
    wins += positives[place]! * (negativesSeen + negatives[place]! / 2);
    positivesSeen += positives[place]!;
    negativesSeen += negatives[place]!;
  }
  const pairs = positivesSeen * negativesSeen;
  return pairs === 0 ? null : wins / pairs;
}

/**
 * Average precision Σ (Rₖ − Rₖ₋₁) Pₖ over descending thresholds, tied scores entering together. null when a class is
 * absent. No interpolation, which would flatter.
 */
export function averagePrecisionFromCounts({ positives, negatives }: ClassCounts): number | null {
  let sum = 0;
  let positivesSeen = 0;
  let negativesSeen = 0;
  for (let place = positives.length - 1; place >= 0; place--) {
    positivesSeen += positives[place]!;
    negativesSeen += negatives[place]!;
    if (positives[place]! > 0) sum += (positives[place]! * positivesSeen) / (positivesSeen + negativesSeen);
  }
  return positivesSeen === 0 || negativesSeen === 0 ? null : sum / positivesSeen;
}
