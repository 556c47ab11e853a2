import type { BinnedRows } from './gbt-bins.js';

/** Sums of (gradient, hessian) per feature and bin, interleaved, by slot. */
export type Histogram = Float64Array;

export interface Gradients {
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

/** Rows of one node: `rows[start]` to `rows[end - 1]`. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Builds histograms and takes them back, so that a tree allocates none after the first. */
export class Histograms {
  readonly #free: Histogram[] = [];
  readonly #binned: BinnedRows;

  constructor(binned: BinnedRows) {
    this.#binned = binned;
  }

  /** O(rows × features): the inner loop of the whole trainer. */
  build(rows: Int32Array, { start, end }: RowRange, { gradient, hessian }: Gradients): Histogram {
    const histogram = this.#take();
    const { slots, width } = this.#binned;
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      const g = gradient[row]!;
      const h = hessian[row]!;
      const first = row * width;
      const last = first + width;
      for (let at = first; at < last; at++) {
        const slot = slots[at]! << 1;
        histogram[slot]! += g;
        histogram[slot + 1]! += h;
      }
    }
    return histogram;
  }

  /** The other child's histogram, in the parent's own buffer: parent − child costs no pass over rows. */
  subtract(parent: Histogram, child: Histogram): Histogram {
    for (let i = 0; i < parent.length; i++) parent[i]! -= child[i]!;
    return parent;
  }

  release(histogram: Histogram): void {
    this.#free.push(histogram);
  }

  #take(): Histogram {
    return this.#free.pop()?.fill(0) ?? new Float64Array(2 * this.#binned.firstSlot[this.#binned.width]!);
  }
}
