import { CancellationScope, condition, getExternalWorkflowHandle, isCancellation, sleep } from '@temporalio/workflow';
import { errorCode } from '../schemas/failure.js';
import type { FactInput, RolloutNews } from '../schemas/index.js';
import { briefEffects, effects, withSummary } from './activity-options.js';
import {
  adoptEndpoint,
  changeRoutes,
  nextGeneration,
  routesPushed,
  serverMoved,
  stopRollout,
} from './lifecycle-endpoint.js';
import { grantApproved, isGrantable } from './lifecycle-gate.js';
import type { Context } from './lifecycle-inbox.js';
import { planStep } from './lifecycle-plan.js';
import { removeSchedules, setSchedules } from './lifecycle-schedules.js';
import { isPushed, type LifecycleState, limits, noRoutes, note, type OwnedEndpoint } from './lifecycle-state.js';
import { rolloutNews } from './messages.js';

type Clock = () => Context;

/**
 * Does what the state asks for, each kind of work in its own lane, so that a ledger that is down does not hold up a
 * rollback. Every step is idempotent: cancelled in the middle (to continue as new), the next run does it again.
 */
export async function crew(st: LifecycleState, clock: Clock): Promise<void> {
  await Promise.all([
    lane(
      st,
      () => st.outbox.length > 0,
      () => recordFacts(st, clock),
    ),
    lane(
      st,
      () => st.outcomes.length > 0,
      () => recordOutcomes(st),
    ),
    lane(
      st,
      () => st.outgoing.length > 0,
      () => sendNews(st, clock),
    ),
    lane(
      st,
      () => unknownEndpoint(st) !== undefined,
      () => meetEndpoint(st),
    ),
    lane(
      st,
      () => isGrantable(st),
      async () => grantApproved(st),
    ),
    lane(
      st,
      () => behind(st) !== undefined,
      () => pushRoutes(st, clock),
    ),
    lane(
      st,
      () => st.schedules === 'wanted' && st.retired === null,
      () => setSchedules(st),
    ),
    lane(
      st,
      () => st.retired !== null,
      () => leave(st),
    ),
    lane(
      st,
      () => wantsStage(st),
      () => planStep(st, clock),
    ),
  ]);
}

/** Repeats a step whenever the state asks for it; trouble is shown and tried again, it never ends the lifecycle. */
async function lane(st: LifecycleState, isWanted: () => boolean, step: () => Promise<void>): Promise<never> {
  for (;;) {
    await condition(isWanted);
    try {
      await step();
      st.problem = null;
    } catch (error) {
      if (isCancellation(error)) throw error;
      st.problem = messageOf(error);
      await sleep('5 s', { summary: 'before trying again' });
    }
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.cause ? messageOf(error.cause) : error.message) : String(error);

/** A fact that the ledger refuses for good is shown and left out; it must not take the others of its batch with it. */
async function recordFacts(st: LifecycleState, clock: Clock): Promise<void> {
  const facts: FactInput[] = st.outbox.slice(0, limits.recordBatch);
  const refused = await refusalOf(facts);
  const reasons = refused !== null && facts.length > 1 ? await refusalsOneByOne(facts) : refused;
  if (reasons !== null) note(st, clock().now, reasons);
  st.outbox.splice(0, facts.length);
}

async function refusalsOneByOne(facts: FactInput[]): Promise<string | null> {
  let newest: string | null = null;
  for (const fact of facts) newest = (await refusalOf([fact])) ?? newest;
  return newest;
}

/** Records them in one transaction; null, or why the ledger refuses them. */
async function refusalOf(facts: FactInput[]): Promise<string | null> {
  const summary = `record ${facts.map((f) => f.kind).join(', ')}`.slice(0, 100);
  try {
    await effects.recordFacts.executeWithOptions({ ...withSummary.effect, summary }, [{ facts }]);
    return null;
  } catch (error) {
    if (errorCode(error) !== 'LEDGER_CONFLICT' && errorCode(error) !== 'InvalidInput') throw error;
    return messageOf(error);
  }
}

async function recordOutcomes(st: LifecycleState): Promise<void> {
  const batch = st.outcomes[0];
  if (batch === undefined) return;
  await effects.recordOutcomes.executeWithOptions(
    { ...withSummary.effect, summary: `record ${batch.outcomes.length} outcomes` },
    [batch],
  );
  st.outcomes.shift();
}

/** Tells a rollout what happened; one that is gone cannot hold its endpoint. */
async function sendNews(st: LifecycleState, clock: Clock): Promise<void> {
  const next = st.outgoing[0];
  if (next === undefined) return;
  try {
    await getExternalWorkflowHandle(next.workflowId, next.runId).signal(rolloutNews, next.news as RolloutNews);
  } catch (error) {
    if (isCancellation(error)) throw error;
    for (const endpoint of st.endpoints) {
      if (endpoint.rollout?.runId === next.runId) forgetRollout(st, endpoint, clock);
    }
  }
  st.outgoing.shift();
}

function forgetRollout(st: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): void {
  const gate = endpoint.rollout?.gate;
  st.gates = st.gates.filter((g) => g.gate !== gate);
  stopRollout(st, endpoint, { by: 'owner', reason: 'its workflow is gone' }, clock().now);
}

const unknownEndpoint = (st: LifecycleState) => st.endpoints.find((e) => !e.known);

async function meetEndpoint(st: LifecycleState): Promise<void> {
  const endpoint = unknownEndpoint(st);
  if (endpoint === undefined) return;
  const { environment } = endpoint;
  const summary = `what serves ${environment} now?`;
  const status = await effects.endpointStatus.executeWithOptions({ ...withSummary.effect, summary }, [
    { model: st.spec.model, environment },
  ]);
  adoptEndpoint(endpoint, status.fence, status.routes);
}

const behind = (st: LifecycleState) => st.endpoints.find((e) => !isPushed(e));

/** Pushes the newest routes; a change that comes in the middle (a rollback) cancels this push and goes first. */
async function pushRoutes(st: LifecycleState, clock: Clock): Promise<void> {
  const endpoint = behind(st);
  if (endpoint === undefined) return;
  const { environment, fence, routes, change } = endpoint;
  const scope = new CancellationScope();
  const summary = `${change?.change ?? 'routes'} → ${environment}`;
  const isRollback = change?.change === 'rolledBack' || change?.change === 'aborted';
  const command = { model: st.spec.model, environment, fence, routes, reason: change?.reason ?? '', isRollback };
  const pushing = scope.run(() =>
    briefEffects.pushRoutes.executeWithOptions({ ...withSummary.effect, scheduleToCloseTimeout: '20 s', summary }, [
      command,
    ]),
  );
  const overtaken = () => endpoint.fence !== fence;
  const watching = condition(overtaken);
  try {
    await Promise.race([pushing, watching]);
    if (overtaken()) {
      scope.cancel();
      await pushing.catch(() => {});
      return;
    }
    routesPushed(st, endpoint, fence, clock(), clock().now);
  } catch (error) {
    if (errorCode(error) !== 'STALE_GENERATION') throw error;
    await takeOverServerState(st, endpoint, clock);
  }
}

/** The server knows a newer generation: the second door was used and its message is still on the way. */
async function takeOverServerState(st: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): Promise<void> {
  const { environment } = endpoint;
  const status = await effects.endpointStatus({ model: st.spec.model, environment });
  if (status.fence === null) return;
  const moved = {
    fence: status.fence,
    routes: status.routes,
    by: 'unknown',
    reason: 'the model server was changed without its owner',
  };
  serverMoved(st, endpoint, moved, clock(), clock().now);
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
