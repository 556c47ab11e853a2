import { failure, type Metrics, type Objective, objectiveDirection, type TrialResult } from '../../schemas/index.js';

export type FinishedTrial = Extract<TrialResult, { kind: 'finished' }>;

/** The trial whose validation is best by the objective; the first among equals. ALL_TRIALS_FAILED says why each did. */
export function bestTrial(results: readonly TrialResult[], objective: Objective): FinishedTrial {
  const finished = results.filter((result) => result.kind === 'finished');
  const judged = finished.filter(({ validation }) => metric(validation, objective) !== null);
  const [first, ...others] = judged;
  if (first === undefined) throw noneToChoose(results, objective);
  return others.reduce((best, next) => (isBetter(next.validation, best.validation, objective) ? next : best), first);
}

/** Whether a is strictly better than b; null where one of them could not be computed: nothing compares with that. */
export function isBetter(a: Metrics, b: Metrics, objective: Objective): boolean | null {
  const [x, y] = [metric(a, objective), metric(b, objective)];
  if (x === null || y === null) return null;
  return objectiveDirection[objective] === 'minimize' ? x < y : x > y;
}

export function metric(metrics: Metrics, objective: Objective): number | null {
  return (metrics as Partial<Record<Objective, number | null>>)[objective] ?? null;
}

function noneToChoose(results: readonly TrialResult[], objective: Objective) {
  const whyNot = (result: TrialResult) =>
    result.kind === 'failed' ? result.reason : `its ${objective} on the validation rows could not be computed`;
  const reasons = results.map(
    (result) => `trial ${result.trial.index + 1} (${result.trial.trainer}): ${whyNot(result)}`,
  );
  return failure('ALL_TRIALS_FAILED', `No trial gave a model. ${reasons.slice(0, 10).join(' ')}`, {
    reasons: reasons.slice(0, 50),
  });
}
