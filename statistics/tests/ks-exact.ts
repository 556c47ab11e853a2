/** The sizes of two samples and the steps D is counted in: D = `steps` / lcm(`long`, `short`). */
export interface KsLattice {
  long: number;
  short: number;
  steps: number;
}

/**
 * P(D ≥ steps / lcm) when both samples come from one continuous distribution, exactly, also deep in the tail.
 * Every order of the pooled sample is a lattice path from (0, 0) to (long, short), all equally likely; D is reached when
 * the path leaves the band |i/long − j/short| < D. A path to (i, j) came from (i − 1, j) with chance i / (i + j), so one
 * column after the other gives the chance that it has left the band. Samples of 1 and 1 always have D = 1, so p = 1.
 * Source: Hodges (1957); scipy `ks_2samp(method='exact')`. O(long · short · min(1, 2D)) time, O(short) memory.
 */
export function ksExactSurvival({ long, short, steps }: KsLattice): number {
  const left = new Float64Array(short + 1).fill(1);
  left.fill(0, 0, bandEnd({ long, short, steps }, 0));
  for (let i = 1; i <= long; i++) {
    const band = { start: bandStart({ long, short, steps }, i), end: bandEnd({ long, short, steps }, i) };
    fillColumn(left, i, band);
  }
  return left[short]!;
}

/** Within the band; `left` holds column i − 1 on entry and column i on return. Above it is 1; below it is not read again. */
function fillColumn(left: Float64Array, i: number, { start, end }: { start: number; end: number }): void {
  let lower = 1;
  for (let j = start; j < end; j++) {
    lower = (left[j]! * i + lower * j) / (i + j);
    left[j] = lower;
  }
}

function bandStart({ long, short, steps }: KsLattice, i: number): number {
  const shared = greatestCommonDivisor(long, short);
  return Math.max(0, Math.floor(((i * short) / shared - steps) / (long / shared)) + 1);
}

function bandEnd({ long, short, steps }: KsLattice, i: number): number {
  const shared = greatestCommonDivisor(long, short);
  return Math.min(short + 1, Math.ceil(((i * short) / shared + steps) / (long / shared)));
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
