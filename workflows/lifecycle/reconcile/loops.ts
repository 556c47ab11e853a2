import { condition, getExternalWorkflowHandle, isCancellation, sleep } from '@temporalio/workflow';
import { durationMilliseconds } from '../../../schemas/duration.js';
import { rolloutNews } from '../../temporal/messages.js';
import { rootMessage } from '../../temporal/root-message.js';
import type { Clock } from '../context.js';
import { changeRoutes, nextGeneration } from '../endpoint.js';
import { isGranted, stopRollout } from '../rollback.js';
import { grantApproved, isGrantable } from '../rollout.js';
import { isPushed, type LifecycleState, noRoutes, type OwnedEndpoint } from '../state.js';
import { recordFacts, recordOutcomes } from './facts.js';
import { planStep } from './pipeline.js';
import { removeSchedules, setSchedules } from './schedules.js';
import { compareWithServer, meetEndpoint, pushRoutes } from './servers.js';

/**
 * Does what the state asks for, each kind of work in its own lane, so that a ledger that is down does not hold up a
 * rollback. Every step is idempotent: cancelled in the middle (to continue as new), the next run does it again.
 */
export async function crew(st: LifecycleState, clock: Clock): Promise<void> {
  const lanes: Record<string, [isWanted: () => boolean, step: () => Promise<void>]> = {
    facts: [() => st.outbox.length > 0, () => recordFacts(st, clock)],
    outcomes: [() => st.outcomes.length > 0, () => recordOutcomes(st, clock)],
    news: [() => st.outgoing.length > 0, () => sendNews(st, clock)],
    grants: [() => isGrantable(st), async () => grantApproved(st)],
    schedules: [() => st.schedules === 'wanted' && st.retired === null, () => setSchedules(st)],
    leaving: [() => st.retired !== null, () => leave(st)],
    stages: [() => wantsStage(st), () => planStep(st, clock)],
  };
  const fixed = Object.entries(lanes).map(([name, [isWanted, step]]) => lane(st, name, isWanted, step));
  await Promise.all([...fixed, lanesOfEndpoints(st, clock), compareNowAndThen(st, clock)]);
}

/** Each endpoint has lanes of its own: one server that is away does not hold up the rollback of another. */
async function lanesOfEndpoints(st: LifecycleState, clock: Clock): Promise<never> {
  const begun = new Set<OwnedEndpoint>();
  for (;;) {
    await condition(() => st.endpoints.some((e) => !begun.has(e)));
    for (const e of st.endpoints.filter((endpoint) => !begun.has(endpoint))) {
      begun.add(e);
      const meet = lane(
        st,
        `meet ${e.environment}`,
        () => !e.known,
        () => meetEndpoint(st, e),
      );
      const push = lane(
        st,
        `push ${e.environment}`,
        () => !isPushed(e),
        () => pushRoutes(st, e, clock),
      );
      for (const running of [meet, push]) running.catch(() => {}); // ends only by cancellation, with the whole crew
    }
  }
}

/** Repeats a step whenever the state asks for it; trouble is shown and tried again, it never ends the lifecycle. */
async function lane(
  st: LifecycleState,
  name: string,
  isWanted: () => boolean,
  step: () => Promise<void>,
): Promise<never> {
  for (;;) {
    await condition(isWanted);
    try {
      await step();
      if (st.problem?.startsWith(`${name}: `)) st.problem = null;
    } catch (error) {
      if (isCancellation(error)) throw error;
      st.problem = `${name}: ${rootMessage(error)}`;
      await sleep('5 s', { summary: `before trying again: ${name}` });
    }
  }
}

/** What serves should be what is wanted: servers lose disks, move by themselves when a model breaks, and rollouts vanish. */
async function compareNowAndThen(st: LifecycleState, clock: Clock): Promise<never> {
  for (;;) {
    await condition(() => st.endpoints.some((e) => e.known && e.routes.current !== null));
    await sleep(durationMilliseconds(st.spec.compareEvery), {
      summary: 'until endpoints are compared with their servers',
    });
    const moves = ({ rollout }: OwnedEndpoint) => rollout !== null && isGranted(rollout);
    for (const endpoint of st.endpoints.filter((e) => e.known && isPushed(e) && !moves(e)))
      await compareWithServer(st, endpoint, clock);
    for (const { rollout } of st.endpoints.filter(moves)) {
      if (rollout) st.outgoing.push({ workflowId: rollout.workflowId, runId: rollout.runId, news: { kind: 'probe' } });
    }
  }
}

/** Tells a rollout what happened; one that is gone cannot hold its endpoint. */
async function sendNews(st: LifecycleState, clock: Clock): Promise<void> {
  const next = st.outgoing[0];
  if (next === undefined) return;
  try {
    await getExternalWorkflowHandle(next.workflowId, next.runId).signal(rolloutNews, next.news);
  } catch (error) {
    if (isCancellation(error)) throw error;
    for (const endpoint of st.endpoints) {
      if (endpoint.rollout?.runId === next.runId)
        stopRollout(st, endpoint, { by: 'owner', reason: 'its workflow is gone' }, clock().now);
    }
  }
  st.outgoing.shift();
}

async function leave(st: LifecycleState): Promise<void> {
  const { by, reason } = st.retired ?? { by: '', reason: '' };
  for (const endpoint of st.endpoints.filter((e) => e.routes.current !== null)) {
    changeRoutes(
      endpoint,
      noRoutes,
      { change: 'retired', version: endpoint.routes.current, by, reason },
      nextGeneration(endpoint),
    );
  }
  if (st.schedules !== 'none') await removeSchedules(st);
  await condition(() => st.schedules !== 'none' || st.endpoints.some((e) => e.routes.current !== null));
}

const wantsStage = (st: LifecycleState) =>
  st.running !== null ||
  (!st.paused && st.retired === null && ((st.plan !== null && st.planProblem === null) || st.retrain !== null));
