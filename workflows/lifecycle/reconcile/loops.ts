import { condition, isCancellation, sleep } from '@temporalio/workflow';
import { durationMilliseconds } from '../../../schemas/duration.js';
import { rootMessage } from '../../temporal/root-message.js';
import type { Clock } from '../context.js';
import { isFleetRecorded } from '../fleet.js';
import { grantable } from '../rollout-steps.js';
import { mayWish, scheduleWish } from '../schedules.js';
import { isReconciled, type LifecycleState, type OwnedEndpoint, shorten } from '../state.js';
import { isAtWork, waits } from '../waiting.js';
import { restUntilDue } from './due.js';
import { recordFacts, recordOutcomes } from './facts.js';
import { recordFleet } from './fleet.js';
import { hearVerdict } from './health.js';
import { isLeaving, leave } from './leaving.js';
import { findLife } from './life.js';
import { runNextStage } from './pipeline.js';
import type { Progress } from './progress.js';
import { grantNext, lookAtNext, lookNowAndThen, wakeNext } from './rollouts.js';
import { reconcileSchedules } from './schedules.js';
import { compareWithServer, lookAtMoved, mustAsk, observeEndpoint, pushRoutes } from './servers.js';
import { watchWork } from './work.js';

/**
 * Does what the state asks for, each kind of work in its own loop, so that a ledger that is down does not hold up a
 * rollback. Every step is idempotent: cancelled in the middle (to continue as new), the next run does it again.
 */
export async function reconcile(state: LifecycleState, clock: Clock, progress: Progress): Promise<void> {
  const isScheduled = () => !mayWish(state) || progress.scheduled === scheduleWish(state);
  const loops: Record<string, [isWanted: () => boolean, step: () => Promise<void>]> = {
    life: [() => !progress.isLifeKnown, () => findLife(state, clock, progress)],
    facts: [() => state.factsToRecord.length > 0, () => recordFacts(state, clock)],
    outcomes: [() => state.outcomes.length > 0, () => recordOutcomes(state, clock)],
    rollouts: [() => state.looks.length > 0, () => lookAtNext(state, clock)],
    wakes: [() => state.wakes.length > 0, () => wakeNext(state)],
    moved: [() => state.moved.length > 0, () => lookAtMoved(state, clock)],
    judged: [() => state.judged.length > 0, () => hearVerdict(state)],
    grants: [() => grantable(state) !== undefined, () => grantNext(state, clock)],
    schedules: [() => !isScheduled(), () => reconcileSchedules(state, clock, progress)],
    leaving: [() => isLeaving(state), () => leave(state, clock)],
    stages: [() => wantsStage(state), () => runNextStage(state, clock)],
    work: [() => isAtWork(state) || state.problems[waits] !== undefined, () => watchWork(state, clock)],
    fleet: [() => !isFleetRecorded(state, clock().workflowId), () => recordFleet(state, clock)],
  };
  const fixed = Object.entries(loops).map(([name, [isWanted, step]]) => loop(state, name, { isWanted, step }));
  await Promise.all([
    ...fixed,
    loopsOfEndpoints(state, clock),
    compareNowAndThen(state, clock),
    lookNowAndThen(state, clock),
  ]);
}

/** Each endpoint has loops of its own: one server that is away does not hold up the rollback of another. */
async function loopsOfEndpoints(state: LifecycleState, clock: Clock): Promise<never> {
  const begun = new Set<OwnedEndpoint>();
  for (;;) {
    await condition(() => state.endpoints.some((e) => !begun.has(e)));
    for (const e of state.endpoints.filter((endpoint) => !begun.has(endpoint))) {
      begun.add(e);
      const observe = loop(state, `observe ${e.environment}`, {
        isWanted: () => mustAsk(e),
        step: () => observeEndpoint(state, e, clock),
      });
      const push = loop(state, `push ${e.environment}`, {
        isWanted: () => !isReconciled(e),
        step: () => pushRoutes(state, e, clock),
      });
      for (const running of [observe, push]) running.catch(() => {}); // ends only by cancellation, with all loops
    }
  }
}

interface Loop {
  readonly isWanted: () => boolean;
  readonly step: () => Promise<void>;
}

/** Repeats a step whenever the state asks for it; trouble is shown and tried again, it never ends the lifecycle. */
async function loop(state: LifecycleState, name: string, { isWanted, step }: Loop): Promise<never> {
  for (;;) {
    await condition(isWanted);
    try {
      await step();
      delete state.problems[name];
    } catch (error) {
      if (isCancellation(error)) throw error;
      state.problems = { ...state.problems, [name]: shorten(rootMessage(error), 500) };
      await sleep('5 s', { summary: `before trying again: ${name}` });
    }
  }
}

/** What serves should be what is wanted: servers lose disks and memory, and move by themselves when a model breaks. */
async function compareNowAndThen(state: LifecycleState, clock: Clock): Promise<never> {
  for (;;) {
    await condition(() => state.endpoints.some((e) => e.isObserved && e.routes.current !== null));
    const everyMs = durationMilliseconds(state.spec.compareEvery);
    const rest = restUntilDue(state, 'comparedAt', { everyMs, now: clock().now });
    if (rest > 0) await sleep(rest, { summary: 'until endpoints are compared with their servers' });
    const loads = ({ rollout }: OwnedEndpoint) => rollout?.phase === 'granted';
    for (const endpoint of state.endpoints.filter((e) => e.isObserved && isReconciled(e) && !loads(e)))
      await compareWithServer(state, endpoint);
    state.comparedAt = clock().now;
  }
}

const wantsStage = (state: LifecycleState) =>
  state.running !== null ||
  (!state.paused &&
    state.retired === null &&
    state.signaturesRequired !== null &&
    ((state.pipeline !== null && state.pipelineProblem === null) || state.retrain !== null));
