/**
 * P(Dₙ ≤ d) exactly, as n!/nⁿ times the middle entry of the n-th power of a (2k − 1)² matrix, k = ⌊nd⌋ + 1.
 * P(D₁₀ ≤ 0.3) = 0.72946. For n ≤ 140 and nd² < 4 that is at most 47 rows. Absolute error about
 * 1e-13 up to n = 500; far above, n!/nⁿ underflows.
 * Source: Durbin (1973); Marsaglia, Tsang & Wang, Evaluating Kolmogorov's distribution (2003).
 */
export function kolmogorovMatrixCdf(d: number, n: number): number {
  const k = Math.floor(n * d) + 1;
  const size = 2 * k - 1;
  const power = matrixPower(durbinMatrix(size, k - n * d), n, size);
  let probability = power.matrix[(k - 1) * size + k - 1]!;
  for (let i = 1; i <= n; i++) probability *= i / n;
  return probability * 2 ** power.exponent;
}

/** Row-major: H[i][j] = 1/(i − j + 1)! on and below the superdiagonal, corrected by h = k − nd in first column and last row. */
function durbinMatrix(size: number, h: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size && j <= i + 1; j++) matrix[i * size + j] = durbinEntry(i, j, { size, h });
  return matrix;
}

function durbinEntry(i: number, j: number, { size, h }: { size: number; h: number }): number {
  let numerator = 1;
  if (j === 0) numerator -= h ** (i + 1);
  if (i === size - 1) numerator -= h ** (size - j);
  if (j === 0 && i === size - 1 && h > 0.5) numerator += (2 * h - 1) ** size;
  return numerator / factorial(i - j + 1);
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

interface ScaledMatrix {
  matrix: Float64Array;
  /** the true matrix is `matrix` · 2^exponent */
  exponent: number;
}

function matrixPower(base: Float64Array, n: number, size: number): ScaledMatrix {
  if (n === 1) return { matrix: base, exponent: 0 };
  const half = matrixPower(base, Math.floor(n / 2), size);
  const square = multiply(half.matrix, half.matrix, size);
  const matrix = n % 2 === 0 ? square : multiply(square, base, size);
  return rescaled({ matrix, exponent: 2 * half.exponent }, size);
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k]!;
      for (let j = 0; j < size; j++) product[i * size + j]! += factor * b[k * size + j]!;
    }
  return product;
}

/** Powers grow like nⁿ/n!: a power of two is taken out, exactly, when the middle entry grows too large. */
function rescaled({ matrix, exponent }: ScaledMatrix, size: number): ScaledMatrix {
  const middle = (size - 1) / 2;
  if (matrix[middle * size + middle]! < 2 ** 400) return { matrix, exponent };
  return { matrix: matrix.map((entry) => entry * 2 ** -400), exponent: exponent + 400 };
}
