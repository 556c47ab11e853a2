const smallest = 1e-300;
const precision = 1e-16;
const mostSteps = 100_000;

// Lanczos approximation, g = 607/128, 15 terms: P. Godfrey (2001), also in Numerical Recipes (3rd ed., 6.1).
const lanczos = [
  0.99999999999999709182, 57.156235665862923517, -59.597960355475491248, 14.136097974741747174, -0.49191381609762019978,
  0.33994649984811888699e-4, 0.46523628927048575665e-4, -0.98374475304879564677e-4, 0.15808870322491248884e-3,
  -0.21026444172410488319e-3, 0.2174396181152126432e-3, -0.16431810653676389022e-3, 0.84418223983852743293e-4,
  -0.2619083840158140867e-4, 0.36899182659531622704e-5,
];

/** ln Γ(x) for x > 0; relative error about 1e-15. ln Γ(5) = ln 24 = 3.1781. */
export function logGamma(x: number): number {
  const base = x + 607 / 128 - 0.5;
  let series = lanczos[0]!;
  for (let i = 1; i < lanczos.length; i++) series += lanczos[i]! / (x + i - 1);
  return (x - 0.5) * Math.log(base) - base + 0.5 * Math.log(2 * Math.PI) + Math.log(series);
}

/**
 * Upper regularised incomplete gamma function Q(a, x) = Γ(a, x) / Γ(a), a > 0, x ≥ 0. Q(1, x) = e^−x.
 * Series below a + 1 and continued fraction above, so that a small tail is not lost in 1 − P.
 * Source: Numerical Recipes, 3rd ed., 6.2.
 */
export function upperIncompleteGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - factor * lowerGammaSeries(a, x) : factor * upperGammaFraction(a, x);
}

function lowerGammaSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < mostSteps && term > sum * precision; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function upperGammaFraction(a: number, x: number): number {
  const numerator = (i: number) => (i === 0 ? 1 : i * (a - i));
  return continuedFraction(numerator, (i) => x + 2 * i + 1 - a);
}

/** n₀ / (d₀ + n₁ / (d₁ + n₂ / (d₂ + …))) by the modified Lentz method. */
function continuedFraction(numerator: (i: number) => number, denominator: (i: number) => number): number {
  let c = 1 / smallest;
  let d = 1 / denominator(0);
  let value = d * numerator(0);
  for (let i = 1, change = 0; i < mostSteps && Math.abs(change - 1) > precision; i++) {
    d = 1 / awayFromZero(denominator(i) + numerator(i) * d);
    c = awayFromZero(denominator(i) + numerator(i) / c);
    change = c * d;
    value *= change;
  }
  return value;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < smallest ? smallest : value;
}
