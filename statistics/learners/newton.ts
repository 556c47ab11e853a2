/** A smooth convex function of a vector. */
export interface Convex {
  value(at: Float64Array): number;
  derivatives(at: Float64Array): {
    gradient: Float64Array;
    timesHessian: (direction: Float64Array) => Float64Array;
  };
}

const gradientTolerance = 1e-9;
const halvings = 40;

/**
 * The minimum, by Newton's method with conjugate gradients for the step (Nocedal & Wright, Numerical Optimization,
 * 2006, algorithm 7.1): no matrix is built, so it costs a few passes over the data per step, however many features.
 * Ends when the gradient is 1e-9 of what it was, or no shorter step helps.
 */
export function minimize(
  problem: Convex,
  start: Float64Array,
  { maxIterations, onProgress }: { maxIterations: number; onProgress: (share: number) => void },
): Float64Array {
  let at = start;
  let value = problem.value(at);
  let firstNorm = 0;
  for (let i = 0; i < maxIterations; i++) {
    const { gradient, timesHessian } = problem.derivatives(at);
    const norm = Math.sqrt(dot(gradient, gradient));
    firstNorm ||= norm;
    if (norm <= gradientTolerance * firstNorm) break;
    const next = lineSearch(problem, { at, value, gradient, step: newtonStep(gradient, timesHessian) });
    if (next === null) break;
    ({ at, value } = next);
    onProgress(i / maxIterations);
  }
  onProgress(1);
  return at;
}

interface Search {
  readonly at: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  readonly step: Float64Array;
}

/** Halves the step until the value falls enough (Armijo, 1966); null when it never does: the minimum, up to rounding. */
function lineSearch(
  problem: Convex,
  { at, value, gradient, step }: Search,
): { at: Float64Array; value: number } | null {
  const slope = dot(gradient, step);
  for (let k = 0, share = 1; k < halvings; k++, share /= 2) {
    const next = at.map((x, i) => x + share * step[i]!);
    const nextValue = problem.value(next);
    if (nextValue < value + 1e-4 * share * slope) return { at: next, value: nextValue };
  }
  return null;
}

/** Solves Hessian · step = −gradient by conjugate gradients (Hestenes & Stiefel, 1952). */
function newtonStep(gradient: Float64Array, timesHessian: (direction: Float64Array) => Float64Array): Float64Array {
  const step = new Float64Array(gradient.length);
  const residual = gradient.map((g) => -g);
  let direction = residual.slice();
  let squared = dot(residual, residual);
  const enough = squared * 1e-12;
  for (let i = 0; i < 2 * gradient.length + 20 && squared > enough; i++) {
    const product = timesHessian(direction);
    const curvature = dot(direction, product);
    if (!(curvature > 0)) break;
    const share = squared / curvature;
    addTo(step, share, direction);
    addTo(residual, -share, product);
    const nextSquared = dot(residual, residual);
    const keep = nextSquared / squared;
    direction = residual.map((r, f) => r + keep * direction[f]!);
    squared = nextSquared;
  }
  return step;
}

function addTo(target: Float64Array, factor: number, by: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * by[i]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
