import type { BinnedRows } from './gbt-bins.js';
import type { Histogram } from './gbt-histogram.js';

export interface Sums {
  readonly gradient: number;
  readonly hessian: number;
}

/** Rows whose bin is at most `bin` go left, missing ones by `missingLeft`. */
export interface NodeSplit {
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
  readonly left: Sums;
}

export interface SplitRules {
  readonly l2: number;
  readonly minChildWeight: number;
  /** ascending indices */
  readonly features: readonly number[];
}

/** Below this share of the scores a gain is rounding, not information. */
const relativeGainFloor = 1e-10;
/** Below this share of the node's hessian a sum left by subtraction is rounding, not rows. */
const relativeHessianFloor = 1e-9;

/**
 * The split with the largest gain G_l²/(H_l + λ) + G_r²/(H_r + λ) − G²/(H + λ) (Chen & Guestrin, XGBoost, 2016, eq. 7),
 * both directions tried for missing values; the first wins among equals. Null when no split gains.
 */
export function bestSplit(
  node: { histogram: Histogram; total: Sums },
  binned: BinnedRows,
  rules: SplitRules,
): NodeSplit | null {
  let best: NodeSplit | null = null;
  for (const feature of rules.features) {
    const found = bestOfFeature(node, { binned, feature }, rules);
    if (found !== null && (best === null || found.gain > best.gain)) best = found;
  }
  return best;
}

function bestOfFeature(
  { histogram, total }: { histogram: Histogram; total: Sums },
  { binned, feature }: { binned: BinnedRows; feature: number },
  rules: SplitRules,
): NodeSplit | null {
  const first = 2 * binned.firstSlot[feature]!;
  const lastBin = binned.edges[feature]!.length;
  const missing = { gradient: histogram[first + 2 * lastBin + 2]!, hessian: histogram[first + 2 * lastBin + 3]! };
  const someMissing = binned.hasMissing[feature]! && missing.hessian > relativeHessianFloor * total.hessian;
  const search = new FeatureSearch(feature, total, rules);
  let gradient = 0;
  let hessian = 0;
  for (let bin = 0; bin < lastBin; bin++) {
    gradient += histogram[first + 2 * bin]!;
    hessian += histogram[first + 2 * bin + 1]!;
    if (someMissing) search.offer(bin, gradient + missing.gradient, hessian + missing.hessian, true);
    search.offer(bin, gradient, hessian, !someMissing && 2 * hessian >= total.hessian);
  }
  if (someMissing) search.offer(lastBin, total.gradient - missing.gradient, total.hessian - missing.hessian, false);
  return search.best();
}

class FeatureSearch {
  #gain = 0;
  #bin = -1;
  #missingLeft = false;
  #gradient = 0;
  #hessian = 0;
  readonly #feature: number;
  readonly #total: Sums;
  readonly #rules: SplitRules;
  readonly #parentScore: number;

  constructor(feature: number, total: Sums, rules: SplitRules) {
    this.#feature = feature;
    this.#total = total;
    this.#rules = rules;
    this.#parentScore = total.gradient ** 2 / (total.hessian + rules.l2);
  }

  /** Plain numbers, because this is called once per bin: an object each would be garbage by the million. */
  // oxlint-disable-next-line max-params
  offer(bin: number, gradient: number, hessian: number, missingLeft: boolean): void {
    const { l2, minChildWeight } = this.#rules;
    const hessianRight = this.#total.hessian - hessian;
    if (hessian < minChildWeight || hessianRight < minChildWeight) return;
    const gradientRight = this.#total.gradient - gradient;
    const scores = (gradient * gradient) / (hessian + l2) + (gradientRight * gradientRight) / (hessianRight + l2);
    const gain = scores - this.#parentScore;
    if (gain <= this.#gain || gain <= relativeGainFloor * scores) return;
    this.#gain = gain;
    this.#bin = bin;
    this.#missingLeft = missingLeft;
    this.#gradient = gradient;
    this.#hessian = hessian;
  }

  best(): NodeSplit | null {
    if (this.#bin < 0) return null;
    const left = { gradient: this.#gradient, hessian: this.#hessian };
    return { feature: this.#feature, bin: this.#bin, missingLeft: this.#missingLeft, gain: this.#gain, left };
  }
}
