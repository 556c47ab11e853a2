import { CancellationScope, condition, getExternalWorkflowHandle, isCancellation, sleep } from '@temporalio/workflow';
import { errorCatalog } from '../schemas/error-catalog.js';
import { errorCode } from '../schemas/failure.js';
import type { FactInput, RolloutNews } from '../schemas/index.js';
import { briefEffects, effects, withSummary } from './activity-options.js';
import {
  adoptEndpoint,
  changeRoutes,
  isNewer,
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
const compareEvery = '5 minutes';

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
      st.problem = `${name}: ${messageOf(error)}`;
      await sleep('5 s', { summary: `before trying again: ${name}` });
    }
  }
}

/** What serves should be what is wanted: servers lose disks, move by themselves when a model breaks, and rollouts vanish. */
async function compareNowAndThen(st: LifecycleState, clock: Clock): Promise<never> {
  for (;;) {
    await condition(() => st.endpoints.some((e) => e.known && e.routes.current !== null));
    await sleep(compareEvery, { summary: 'until endpoints are compared with their servers' });
    for (const endpoint of st.endpoints.filter((e) => e.known && isPushed(e) && e.rollout === null))
      await compareWithServer(st, endpoint, clock);
    for (const { rollout } of st.endpoints) {
      if (rollout && rollout.phase !== 'waiting' && rollout.phase !== 'recording')
        st.outgoing.push({ workflowId: rollout.workflowId, runId: rollout.runId, news: { kind: 'probe' } });
    }
  }
}

async function compareWithServer(st: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): Promise<void> {
  const { environment, fence } = endpoint;
  try {
    const status = await briefEffects.endpointStatus({ model: st.spec.model, environment });
    if (endpoint.fence !== fence) return;
    if (status.fence === null || isNewer(fence, status.fence)) endpoint.pushed = { generation: 0, step: 0 };
    else if (isNewer(status.fence, fence)) await takeOverServerState(st, endpoint, clock);
  } catch (error) {
    if (isCancellation(error)) throw error; // a server that does not answer is asked again next time
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.cause ? messageOf(error.cause) : error.message) : String(error);

/** A fact that the ledger refuses for good is shown and left out; it must not take the others of its batch with it. */
async function recordFacts(st: LifecycleState, clock: Clock): Promise<void> {
  const facts: FactInput[] = st.outbox.slice(0, limits.recordBatch);
  const refused = await refusalOf(facts);
  const reason = refused !== null && facts.length > 1 ? await refusalsOneByOne(st, facts) : refused;
  if (refused !== null && facts.length === 1) refuseUnrecorded(st, facts, refused);
  if (reason !== null) note(st, clock().now, reason);
  st.outbox.splice(0, facts.length);
}

async function refusalsOneByOne(st: LifecycleState, facts: FactInput[]): Promise<string | null> {
  let newest: string | null = null;
  for (const fact of facts) {
    const reason = await refusalOf([fact]);
    if (reason !== null) refuseUnrecorded(st, [fact], reason);
    newest = reason ?? newest;
  }
  return newest;
}

/** An approval that is not in the ledger counts for nothing: its rollout is refused. */
function refuseUnrecorded(st: LifecycleState, facts: FactInput[], reason: string): void {
  for (const endpoint of st.endpoints) {
    const { rollout } = endpoint;
    const isTheirs = facts.some((fact) => fact.kind === 'approval' && fact.body.gate === rollout?.gate);
    if (!rollout || rollout.phase !== 'recording' || !isTheirs) continue;
    st.outgoing.push({ workflowId: rollout.workflowId, runId: rollout.runId, news: { kind: 'refused', reason } });
    endpoint.rollout = null;
  }
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

/** Outcomes that the ledger refuses for good are shown and left out: they must not hold up those behind them. */
async function recordOutcomes(st: LifecycleState, clock: Clock): Promise<void> {
  const batch = st.outcomes[0];
  if (batch === undefined) return;
  const summary = `record ${batch.outcomes.length} outcomes`;
  try {
    await effects.recordOutcomes.executeWithOptions({ ...withSummary.effect, summary }, [batch]);
  } catch (error) {
    const code = errorCode(error);
    if (code === null || errorCatalog[code].retryable) throw error;
    note(st, clock().now, `${batch.outcomes.length} outcomes of ${batch.by} were refused: ${messageOf(error)}`);
  }
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

async function meetEndpoint(st: LifecycleState, endpoint: OwnedEndpoint): Promise<void> {
  const { environment } = endpoint;
  const summary = `what serves ${environment} now?`;
  const status = await effects.endpointStatus.executeWithOptions({ ...withSummary.effect, summary }, [
    { model: st.spec.model, environment },
  ]);
  adoptEndpoint(endpoint, status.fence, status.routes);
}

/** Pushes the newest routes; a change that comes in the middle (a rollback) cancels this push and goes first. */
async function pushRoutes(st: LifecycleState, endpoint: OwnedEndpoint, clock: Clock): Promise<void> {
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
