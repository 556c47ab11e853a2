/** Smoothing: a category counts as if so many rows of average label belonged to it. */
export const smoothingWeight = 10;
const folds = 5;

export interface CategoryRows {
  /** of each row in training order the number of its category; NaN where it has none */
  readonly codes: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** (sum of labels + weight · prior) / (rows + weight); e.g. 9 of 10 late at a prior of 0.2 and weight 10 give 11 / 20. */
export const smoothedMean = ({ sum, rows }: Total, prior: number, weight = smoothingWeight): number =>
  (sum + weight * prior) / (rows + weight);

export interface Total {
  readonly sum: number;
  readonly rows: number;
}

/**
 * What a training row is told of its category: the mean of the rows in the other four fifths, by their own prior. By the
 * rows themselves it would carry the label into its own feature, and a category of few rows would be learnt by heart; a
 * served row is told the mean of all of them. Row i is of fold i mod 5. NaN where there is no category.
 *
 * Source: cross-fitting of target encodings (Micci-Barreca, 2001; Pargent et al., 2022).
 */
export function crossFittedMeans({ codes, labels }: CategoryRows, weight = smoothingWeight): Float64Array {
  const all = totalsOf({ codes, labels }, () => true);
  const inFold = Array.from({ length: folds }, (_, fold) => totalsOf({ codes, labels }, (row) => row % folds === fold));
  return Float64Array.from(codes, (code, row) => {
    const own = inFold[row % folds] as Totals;
    const others = without(all.rows, own.rows);
    const prior = others.rows === 0 ? all.rows.sum / all.rows.rows : others.sum / others.rows;
    if (Number.isNaN(code)) return Number.NaN;
    return smoothedMean(without(all.of.get(code), own.of.get(code)), prior, weight);
  });
}

interface CategoryMeans {
  readonly means: readonly number[];
  readonly fallback: number;
  readonly center?: number | undefined;
}

/** What a model is told of each category, and of one that it does not know. */
export function centredMeans({ means, fallback, center = 0 }: CategoryMeans): Omit<CategoryMeans, 'center'> {
  return { means: means.map((mean) => mean - center), fallback: fallback - center };
}

interface Totals {
  readonly rows: Total;
  readonly of: ReadonlyMap<number, Total>;
}

const none: Total = { sum: 0, rows: 0 };
const without = (total: Total = none, part: Total = none): Total => ({
  sum: total.sum - part.sum,
  rows: total.rows - part.rows,
});

function totalsOf({ codes, labels }: CategoryRows, isCounted: (row: number) => boolean): Totals {
  const of = new Map<number, { sum: number; rows: number }>();
  const rows = { sum: 0, rows: 0 };
  for (let row = 0; row < codes.length; row++) {
    if (!isCounted(row)) continue;
    add(rows, labels[row] ?? 0);
    const code = codes[row] ?? Number.NaN;
    if (Number.isNaN(code)) continue;
    const known = of.get(code) ?? { sum: 0, rows: 0 };
    of.set(code, add(known, labels[row] ?? 0));
  }
  return { rows, of };
}

function add(total: { sum: number; rows: number }, label: number): { sum: number; rows: number } {
  total.sum += label;
  total.rows += 1;
  return total;
}
