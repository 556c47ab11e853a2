import { quantile } from '../../statistics/quantile.js';

/** Median, smallest and largest of several measurements of the same thing. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

type Sides<Name extends string, T> = Readonly<Record<Name, () => Promise<T>>>;

/**
 * Measures every side once a round, and begins each round with another side: whatever else the machine does then hurts
 * all of them alike, and ratios taken within a round hold on a busy machine too.
 */
export async function alternate<Name extends string, T>(
  rounds: number,
  sides: Sides<Name, T>,
): Promise<Record<Name, T>[]> {
  const names = Object.keys(sides) as Name[];
  const measured: Record<Name, T>[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length;
    const values = {} as Record<Name, T>;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) values[name] = await sides[name]();
    measured.push(values);
  }
  return measured;
}

export function spread(values: readonly number[], digits = 3): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => rounded(quantile(sorted, q), digits);
  return { median: at(0.5), min: at(0), max: at(1) };
}

export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
