import { durationMilliseconds } from '../../schemas/duration.js';
import type { RolloutWait } from '../../schemas/rollout-wait.js';
import type { StepOf } from '../../schemas/strategy.js';
import { trafficOf } from '../../statistics/verdicts/candidate-watch.js';
import type { RolloutState } from './rollout-state.js';

/** What the step that it is at waits for, and until when; null where it waits for its owner or a person alone. */
export function waitOf(state: RolloutState): RolloutWait | null {
  const step = state.index === null ? undefined : state.steps[state.index];
  if (step === undefined || state.phase !== 'rolling out') return null;
  if (step.kind === 'analyse') return answersAwaited(state, step);
  if (!('duration' in step) || step.duration === undefined) return null;
  return { what: `the step "${step.kind}"`, until: after(state.stepSince, step.duration), answers: null };
}

function answersAwaited(
  { watch, version: { version }, stepSince }: RolloutState,
  { minRequests: needed, duration, timeout }: StepOf<'analyse'>,
): RolloutWait {
  const given = watch === null ? 0 : trafficOf(watch, version).requests;
  const since = watch === null ? stepSince : watch.since + watch.awayMs;
  const isEnough = given >= needed;
  const what = isEnough
    ? `the answers of version ${version} are watched`
    : `${given} of ${needed} answers of version ${version}`;
  return { what, until: after(since, isEnough ? duration : timeout), answers: { given, needed } };
}

const after = (since: number, duration: string): string =>
  new Date(since + durationMilliseconds(duration)).toISOString();
