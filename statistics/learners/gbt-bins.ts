/** Feature values as small whole numbers: what histograms are built from. */
export interface BinnedRows {
  readonly rows: number;
  readonly width: number;
  /**
   * row-major, `slots[row * width + feature]`: firstSlot[feature] + bin, where missing has the bin after the last; the
   * feature's offset is in the number, because that makes the trainer's inner loop a third faster
   */
  readonly slots: Uint16Array | Uint32Array;
  /** where each feature's bins begin; the last entry is the number of slots */
  readonly firstSlot: Int32Array;
  /** ascending float32 upper bounds per feature: bin b holds edges[b − 1] < x <= edges[b]; one bin more than edges */
  readonly edges: readonly Float32Array[];
  readonly hasMissing: readonly boolean[];
}

/** Every number is at most this, infinity aside. */
export const largestFloat32 = 3.4028234663852886e38;

/** `columns[feature][row]`, NaN is missing; at most `maxBins` value bins of about equal frequency. */
export function binRows(columns: readonly Float32Array[], maxBins: number): BinnedRows {
  const rows = columns[0]?.length ?? 0;
  const width = columns.length;
  const edges = columns.map((column) => binEdges(column, maxBins));
  const firstSlot = slotOffsets(edges);
  const slots = firstSlot[width]! <= 65_536 ? new Uint16Array(rows * width) : new Uint32Array(rows * width);
  const hasMissing = columns.map((column, feature) =>
    fillSlots(column, edges[feature]!, { slots, width, feature, first: firstSlot[feature]! }),
  );
  return { rows, width, slots, firstSlot, edges, hasMissing };
}

/** The slot of a missing value. */
export function missingSlot({ firstSlot }: BinnedRows, feature: number): number {
  return firstSlot[feature + 1]! - 1;
}

function slotOffsets(edges: readonly Float32Array[]): Int32Array {
  const offsets = new Int32Array(edges.length + 1);
  edges.forEach(({ length }, f) => {
    offsets[f + 1] = offsets[f]! + length + 2;
  });
  return offsets;
}

/**
 * Upper bounds between neighbouring distinct values: all of them, or those nearest to the quantiles. Float32, because
 * ONNX Runtime compares float32: an edge never equals the value above it. [1, 2, 3] gives [1.5, 2.5].
 */
export function binEdges(column: Float32Array, maxBins: number): Float32Array {
  const sorted = column.filter((x) => !Number.isNaN(x)).sort();
  const ends = distinctEnds(sorted);
  const kept = ends.length <= maxBins ? ends : quantileEnds(ends, sorted.length, maxBins);
  return Float32Array.from(kept.slice(0, -1), (end) => edgeBetween(sorted[end - 1]!, sorted[end]!));
}

/** For each distinct value of sorted values, the index behind its last copy. */
function distinctEnds(sorted: Float32Array): number[] {
  const ends: number[] = [];
  for (let i = 1; i <= sorted.length; i++) if (i === sorted.length || sorted[i] !== sorted[i - 1]) ends.push(i);
  return ends;
}

/** A bin is closed once it holds its share of what is left, so that one frequent value does not empty the others. */
function quantileEnds(ends: number[], rows: number, maxBins: number): number[] {
  const kept: number[] = [];
  let start = 0;
  for (const end of ends) {
    if (end !== rows && (end - start) * (maxBins - kept.length) < rows - start) continue;
    kept.push(end);
    start = end;
  }
  return kept;
}

/** A finite float32 with below <= edge < above (−∞ counts as the lowest finite one). */
function edgeBetween(below: number, above: number): number {
  const middle = Math.fround(below / 2 + above / 2);
  return Math.max(middle < above && middle >= below ? middle : below, -largestFloat32);
}

interface SlotTarget {
  readonly slots: Uint16Array | Uint32Array;
  readonly width: number;
  readonly feature: number;
  readonly first: number;
}

/** Returns whether a value is missing. */
function fillSlots(column: Float32Array, edges: Float32Array, { slots, width, feature, first }: SlotTarget): boolean {
  const missing = first + edges.length + 1;
  let hasMissing = false;
  for (let row = 0, at = feature; row < column.length; row++, at += width) {
    const x = column[row]!;
    slots[at] = Number.isNaN(x) ? missing : first + binOf(x, edges);
    hasMissing ||= Number.isNaN(x);
  }
  return hasMissing;
}

/** The number of edges below x. */
function binOf(x: number, edges: Float32Array): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
