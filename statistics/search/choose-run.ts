import { failure, type Metrics, type Objective, objectiveDirection, type TrialResult } from '../../schemas/index.js';

export type FinishedTrial = Extract<TrialResult, { kind: 'finished' }>;

/** The trial whose validation is best by the objective; the first among equals. ALL_TRIALS_FAILED says why each did. */
export function bestTrial(results: readonly TrialResult[], objective: Objective): FinishedTrial {
  const finished = results.filter((result) => result.kind === 'finished');
  const [first, ...others] = finished;
  if (first === undefined) throw allFailed(results);
  return others.reduce((best, next) => (isBetter(next.validation, best.validation, objective) ? next : best), first);
}

/** Whether a is strictly better than b; a metric that could not be computed is worse than any. */
export function isBetter(a: Metrics, b: Metrics, objective: Objective): boolean {
  const [x, y] = [metric(a, objective), metric(b, objective)];
  if (x === null || y === null) return x !== null;
  return objectiveDirection[objective] === 'minimize' ? x < y : x > y;
}

export function metric(metrics: Metrics, objective: Objective): number | null {
  return (metrics as Partial<Record<Objective, number | null>>)[objective] ?? null;
}

function allFailed(results: readonly TrialResult[]) {
  const reasons = results.flatMap((result) =>
    result.kind === 'failed' ? [`trial ${result.trial.index + 1} (${result.trial.trainer}): ${result.reason}`] : [],
  );
  return failure('ALL_TRIALS_FAILED', `No trial gave a model. ${reasons.slice(0, 10).join(' ')}`, {
    reasons: reasons.slice(0, 50),
  });
}
