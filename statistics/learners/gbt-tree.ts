import { type BinnedRows, largestFloat32, missingSlot } from './gbt-bins.js';
import type { Gradients, Histogram, Histograms, RowRange } from './gbt-histogram.js';
import { bestSplit, type NodeSplit, type SplitRules, type Sums } from './gbt-split.js';
import type { Tree } from './learner.js';

export interface GrowRules extends SplitRules {
  readonly maxDepth: number;
  readonly maxLeaves: number;
  readonly learningRate: number;
}

export interface GrownTree {
  readonly tree: Tree;
  /** the sampled rows of each leaf and what it adds to their score */
  readonly leaves: readonly (RowRange & { readonly value: number })[];
}

interface Leaf extends RowRange {
  readonly node: number;
  readonly depth: number;
  readonly total: Sums;
  readonly histogram: Histogram | null;
  readonly split: NodeSplit | null;
}

/**
 * Grows one regression tree on gradients, the leaf with the largest gain first (leaf-wise, as LightGBM does), within
 * `maxDepth` and `maxLeaves`. `rows` (the sample) is reordered so that each leaf's rows lie together.
 */
export function growTree(
  data: { binned: BinnedRows; histograms: Histograms; gradients: Gradients },
  rows: Int32Array,
  rules: GrowRules,
): GrownTree {
  return new Grower(data, rows, rules).grow();
}

class Grower {
  readonly #tree = emptyTree();
  readonly #leaves: Leaf[] = [];
  readonly #data: { binned: BinnedRows; histograms: Histograms; gradients: Gradients };
  readonly #rows: Int32Array;
  readonly #rules: GrowRules;
  readonly #spare: Int32Array;

  constructor(
    data: { binned: BinnedRows; histograms: Histograms; gradients: Gradients },
    rows: Int32Array,
    rules: GrowRules,
  ) {
    this.#data = data;
    this.#rows = rows;
    this.#rules = rules;
    this.#spare = new Int32Array(rows.length);
  }

  grow(): GrownTree {
    const all = { start: 0, end: this.#rows.length };
    const histogram = this.#data.histograms.build(this.#rows, all, this.#data.gradients);
    this.#leaves.push(this.#leaf({ ...all, depth: 0, total: this.#totalOf(all) }, histogram));
    for (let next = this.#mostGaining(); next >= 0; next = this.#mostGaining()) this.#split(next);
    return { tree: this.#tree, leaves: this.#leaves.map((leaf) => this.#close(leaf)) };
  }

  /** Index of the leaf to split next; -1 when the tree is done. */
  #mostGaining(): number {
    if (this.#leaves.length >= this.#rules.maxLeaves) return -1;
    let best = -1;
    let gain = 0;
    this.#leaves.forEach((leaf, i) => {
      if (leaf.split === null || leaf.split.gain <= gain) return;
      best = i;
      gain = leaf.split.gain;
    });
    return best;
  }

  #split(index: number): void {
    const { split, histogram, node, ...leaf } = this.#leaves[index]!;
    if (split === null || histogram === null) return;
    const middle = this.#partition(leaf, split);
    const right = minus(leaf.total, split.left);
    const depth = leaf.depth + 1;
    const [l, r] = this.#childHistograms(histogram, { ...leaf, middle, depth });
    const leftLeaf = this.#leaf({ start: leaf.start, end: middle, depth, total: split.left }, l);
    const rightLeaf = this.#leaf({ start: middle, end: leaf.end, depth, total: right }, r);
    this.#branch(node, split, { left: leftLeaf.node, right: rightLeaf.node });
    this.#leaves.splice(index, 1, leftLeaf, rightLeaf);
  }

  /** The smaller child is counted, the larger one is what remains. None at the last depth: nothing splits there. */
  #childHistograms(
    parent: Histogram,
    at: RowRange & { middle: number; depth: number },
  ): [Histogram | null, Histogram | null] {
    const { histograms, gradients } = this.#data;
    if (at.depth >= this.#rules.maxDepth) {
      histograms.release(parent);
      return [null, null];
    }
    const leftIsSmaller = at.middle - at.start <= at.end - at.middle;
    const range = leftIsSmaller ? { start: at.start, end: at.middle } : { start: at.middle, end: at.end };
    const smaller = histograms.build(this.#rows, range, gradients);
    const larger = histograms.subtract(parent, smaller);
    return leftIsSmaller ? [smaller, larger] : [larger, smaller];
  }

  #leaf(at: RowRange & { depth: number; total: Sums }, histogram: Histogram | null): Leaf {
    const node = addNode(this.#tree);
    if (histogram === null || at.depth >= this.#rules.maxDepth) return { ...at, node, histogram, split: null };
    const split = bestSplit({ histogram, total: at.total }, this.#data.binned, this.#rules);
    return { ...at, node, histogram, split };
  }

  #branch(node: number, split: NodeSplit, children: { left: number; right: number }): void {
    this.#tree.feature[node] = split.feature;
    // past the last edge: every value left, missing ones right
    this.#tree.threshold[node] = this.#data.binned.edges[split.feature]![split.bin] ?? largestFloat32;
    this.#tree.missingLeft[node] = split.missingLeft;
    this.#tree.left[node] = children.left;
    this.#tree.right[node] = children.right;
  }

  /** Newton's step −G / (H + λ), shrunk; float32, because that is what ONNX stores. */
  #close({ node, start, end, total, histogram }: Leaf): RowRange & { value: number } {
    if (histogram !== null) this.#data.histograms.release(histogram);
    const step = -total.gradient / (total.hessian + this.#rules.l2);
    const value = Math.fround(step * this.#rules.learningRate) + 0;
    this.#tree.value[node] = value;
    return { start, end, value };
  }

  #totalOf({ start, end }: RowRange): Sums {
    const { gradient: g, hessian: h } = this.#data.gradients;
    let gradient = 0;
    let hessian = 0;
    for (let i = start; i < end; i++) {
      gradient += g[this.#rows[i]!]!;
      hessian += h[this.#rows[i]!]!;
    }
    return { gradient, hessian };
  }

  /** Stable; returns the index of the first row on the right. */
  #partition({ start, end }: RowRange, { feature, bin, missingLeft }: NodeSplit): number {
    const { slots, width, firstSlot } = this.#data.binned;
    const missing = missingSlot(this.#data.binned, feature);
    const last = firstSlot[feature]! + bin;
    const rows = this.#rows;
    const spare = this.#spare;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      const slot = slots[row * width + feature]!;
      if (slot === missing ? missingLeft : slot <= last) rows[left++] = row;
      else spare[right++] = row;
    }
    rows.set(spare.subarray(0, right), left);
    return left;
  }
}

function emptyTree(): Tree {
  return { feature: [], threshold: [], left: [], right: [], missingLeft: [], value: [] };
}

function addNode(tree: Tree): number {
  tree.threshold.push(0);
  tree.left.push(0);
  tree.right.push(0);
  tree.missingLeft.push(false);
  tree.value.push(0);
  return tree.feature.push(-1) - 1;
}

function minus(a: Sums, b: Sums): Sums {
  return { gradient: a.gradient - b.gradient, hessian: a.hessian - b.hessian };
}
